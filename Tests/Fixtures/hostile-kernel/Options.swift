import Glibc

/// As whom the kernel's callers and the server work.
let requester = (user: getuid(), group: getgid(), process: UInt32(getpid()))

/// Something the program does itself, to show that it would see the server do it.
enum Plant: String, CaseIterable {
    /// The canary is written to.
    case change
    /// The canary is read.
    case look
    /// An entry is made beside the source.
    case neighbour
    /// In a round that is read-only, an entry is made in the source.
    case breach
    /// The canary's content is in an answer.
    case secret
    /// What must fail is answered as done.
    case success
    /// An answer comes twice.
    case twice
    /// An answer is shorter than it says.
    case short
    /// An answer is lost, and the next one is never sent.
    case silence
    /// The server is killed.
    case death
    /// A file stays open in the server that the kernel has nothing of.
    case leak
}

/// Why the program cannot be run as it was called.
struct Misuse: Error {
    let words: String
}

struct Options {
    var directory = ""
    var seed: UInt64 = 1
    var requests = 20_000
    /// Seconds.
    var deadline: Int32 = 20
    /// Mebibytes that the server may have in memory.
    var memory = 64
    /// Handles that were never given out are named too, and nodes that do not go with a handle.
    var anyHandles = true
    var plant: Plant?

    static let usage = """
        usage: hostile-kernel DIRECTORY [--seed N] [--requests N] [--deadline SECONDS] [--memory MEBIBYTES] \
        [--handles given|any] [--plant \(Plant.allCases.map(\.rawValue).joined(separator: "|"))]
        """

    init(_ words: [String]) throws {
        guard let first = words.first, !first.hasPrefix("-") else { throw Misuse(words: Options.usage) }
        directory = first
        var rest = words.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Misuse(words: "\(option) needs a value") }
            try take(option, value)
        }
    }

    private mutating func take(_ option: String, _ value: String) throws {
        switch (option, Int(value)) {
        case ("--seed", _): seed = try number(option, UInt64(value))
        case ("--requests", let given): requests = try number(option, given)
        case ("--deadline", let given): deadline = Int32(try number(option, given))
        case ("--memory", let given): memory = try number(option, given)
        case ("--handles", _) where ["given", "any"].contains(value): anyHandles = value == "any"
        case ("--plant", _) where Plant(rawValue: value) != nil: plant = Plant(rawValue: value)
        default: throw Misuse(words: "\(option) \(value): not understood")
        }
    }

    private func number<Number>(_ option: String, _ value: Number?) throws -> Number {
        guard let value else { throw Misuse(words: "\(option) needs a number") }
        return value
    }
}
