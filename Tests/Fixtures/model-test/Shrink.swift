import CRawCalls
import Glibc

/// Finds a short sequence that still makes a difference: what a thread did, without ever smaller parts of it.
func shrinkAny(_ threads: [Comparison], _ arguments: Arguments) throws {
    for thread in threads {
        var attempt = Attempt(arguments)
        var sequence = thread.history
        guard try attempt.difference(sequence) != nil else { continue }
        var part = max(sequence.count / 2, 1)
        while true {
            var start = 0
            while start < sequence.count {
                var shorter = sequence
                shorter.removeSubrange(start..<min(start + part, sequence.count))
                if try attempt.difference(shorter) != nil { sequence = shorter } else { start += part }
            }
            if part == 1 { break }
            part = max(part / 2, 1)
        }
        let difference = try attempt.difference(sequence) ?? "which does not happen every time"
        let words = sequence.map { "    \($0.words)" }.joined(separator: "\n")
        print("thread \(thread.number), as short as it gets:\n\(words)\nthen: \(difference)")
        return
    }
    print("the difference does not come again when a thread's operations are made once more")
}

/// Runs sequences, each in new directories.
private struct Attempt {
    private let arguments: Arguments
    private var count = 0

    init(_ arguments: Arguments) { self.arguments = arguments }

    mutating func difference(_ sequence: [Operation]) throws -> String? {
        count += 1
        let comparison = try Comparison(count, arguments, name: "attempt-\(count)")
        do {
            for operation in sequence { try comparison.compare(operation) }
            try comparison.compareTrees()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
