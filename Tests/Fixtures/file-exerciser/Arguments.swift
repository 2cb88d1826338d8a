import Glibc

let usage = """
    usage: file-exerciser FILE [--second PATH [--turn N] [--settle MILLISECONDS]] [--seed N] [--operations K] [--size BYTES]
    FILE is made anew. Random reads, writes, truncations and mappings are compared with a model in memory.
    --second: another path of the same file. Each operation opens and closes, since that is what makes a change visible
    elsewhere (close-to-open), and the path changes after N operations (1), MILLISECONDS later (0): as long as the mounts
    may answer from their caches.
    """

/// What the command line asks for.
struct Arguments {
    var paths: [String] = []
    var seed = UInt64(truncatingIfNeeded: time(nil)) &* 1_000_003 ^ UInt64(getpid())
    var operations = 2000
    var size = 256 << 10
    var turn = 1
    var settle: UInt32 = 0

    init(_ words: [String]) throws {
        var second: String?
        var words = words[...]
        while let word = words.popFirst() {
            switch word {
            case "--second": second = try value(of: word, &words)
            case "--seed": seed = try number(word, &words)
            case "--operations": operations = try number(word, &words)
            case "--size": size = max(try number(word, &words), 1 << 14)
            case "--turn": turn = max(try number(word, &words), 1)
            case "--settle": settle = try number(word, &words)
            case let option where option.hasPrefix("-"): throw Failure("unknown option \(option)\n\(usage)")
            default: paths.append(word)
            }
        }
        guard paths.count == 1 else { throw Failure(usage) }
        if let second { paths.append(second) }
    }

    /// What it takes to do the same again.
    var words: String { "--seed \(seed) --operations \(operations) --size \(size) --turn \(turn) --settle \(settle)" }
}
