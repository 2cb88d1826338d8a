import CRawCalls
import Glibc

/// One thread among several in one directory of the mount: its answers cannot be foreseen, but its errors are bounded.
final class SharedThread {
    let number: Int
    private let side: Side
    fileprivate var choice: Choice
    private(set) var history: [Operation] = []
    private(set) var succeeded = 0

    init(_ number: Int, _ arguments: Arguments, _ path: String) throws {
        self.number = number
        side = try Side(path, avoiding: arguments.avoided)
        choice = Choice(arguments, stream: 1000 + number)
    }

    func round(_ operations: Int) throws {
        for _ in 0..<operations where !Trouble.isFound {
            choice.look(at: side)
            let operation = choice.operation()
            history.append(operation)
            let answer = operation.run(side)
            if answer.error == 0 {
                succeeded += 1
            } else if !mayFail(operation, answer.error) {
                throw Failure("\(operation.words)\nmount: \(nameOfErrno(answer.error)), which it may not answer")
            }
        }
        side.closeAll()
    }
}

extension SharedThread {
    private func mayFail(_ operation: Operation, _ error: Int32) -> Bool {
        operation.allowed.contains(error)
            || operation.words.contains("#") && choice.avoided.contains(.racingHandle)
                && [ENOENT, ESTALE].contains(error)
    }
}

/// All threads in one directory of the mount; after each round what it shows must be what the source has.
func runSharedDirectory(_ arguments: Arguments, source: String) throws {
    let (shown, held) = (arguments.mount + "/together", source + "/together")
    try must("mkdir \(shown)", mkdir(shown, 0o755))
    let threads = try arguments.numbers.map { try SharedThread($0, arguments, shown) }
    for round in 0..<arguments.rounds where !Trouble.isFound {
        try inThreads(
            threads.map { thread in
                {
                    do { try thread.round(arguments.operations) } catch {
                        let place = "together, thread \(thread.number), round \(round)"
                        Trouble.report("\(place):\n\(error)\nthe last operations:\n\(lastTwenty(thread.history))")
                    }
                }
            })
        if Trouble.isFound { return }
        let difference = try Tree(shown, allTimes: true).difference(
            from: try Tree(held, allTimes: true), "mount", "source")
        if let difference {
            let last = threads.map { "thread \($0.number):\n\(lastTwenty($0.history))" }.joined(separator: "\n")
            return Trouble.report("together, after round \(round):\n\(difference)\nthe last operations:\n\(last)")
        }
    }
    let (all, succeeded) = threads.reduce((0, 0)) { ($0.0 + $1.history.count, $0.1 + $1.succeeded) }
    print("together: \(all) operations, of which \(succeeded) succeeded; no difference")
}
