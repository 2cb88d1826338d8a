import CRawCalls
import Glibc

/// One thread's sequence, made in a directory of its own on both sides. Used by one thread at a time.
final class Comparison {
    let number: Int
    let nativePath: String
    let mountPath: String
    private let native: Side
    private let mount: Side
    private var choice: Choice
    private(set) var history: [Operation] = []
    private(set) var succeeded = 0

    /// Makes both directories.
    init(_ number: Int, _ arguments: Arguments, name: String) throws {
        self.number = number
        nativePath = "\(arguments.native)/\(name)"
        mountPath = "\(arguments.mount)/\(name)"
        for path in [nativePath, mountPath] { try must("mkdir \(path)", mkdir(path, 0o755)) }
        native = try Side(nativePath, avoiding: arguments.avoided)
        mount = try Side(mountPath, avoiding: arguments.avoided)
        choice = Choice(arguments, stream: number)
    }

    /// Chooses and compares; ends early where another thread has met a difference.
    func round(_ operations: Int) throws {
        for _ in 0..<operations where !Trouble.isFound {
            choice.look(at: native)
            try compare(choice.operation())
        }
        if !Trouble.isFound { try compareTrees() }
    }

    /// Makes one call on both sides.
    func compare(_ operation: Operation) throws {
        history.append(operation)
        let expected = operation.run(native)
        let answer = operation.run(mount)
        if expected.error == 0 { succeeded += 1 }
        if expected == answer { return }
        if native.avoided.contains(.refusalOrder) && expected.error == EACCES && answer.error != 0 { return }
        throw Failure(
            "\(operation.words)\nnative: \(expected.words)\nmount:  \(answer.words)\(expected.difference(from: answer))"
        )
    }

    /// Both trees, and then what is open.
    func compareTrees() throws {
        let (one, two) = (try Tree(nativePath), try Tree(mountPath))
        if let difference = one.difference(from: two, "native", "mount") {
            throw Failure("the trees differ:\n\(difference)")
        }
        for slot in native.open {
            var status = (stat(), stat())
            try must("fstat", fstat(native.slots[slot], &status.0))
            try must("fstat on the mount", fstat(mount.slots[slot], &status.1))
            let (expected, answer) = (words(of: status.0), words(of: status.1))
            if expected != answer { throw Failure("#\(slot) differs\nnative: \(expected)\nmount:  \(answer)") }
        }
    }

    /// The last twenty operations, one for each line.
    var lastWords: String { lastTwenty(history) }
}

func lastTwenty(_ history: [Operation]) -> String {
    history.suffix(20).map { "    \($0.words)" }.joined(separator: "\n")
}
