import Glibc

/// All threads side by side, each in its own directory of both places. Says how many operations there were.
func runComparedThreads(_ arguments: Arguments) throws {
    let threads = try arguments.numbers.map { try Comparison($0, arguments, name: "thread-\($0)") }
    for round in 0..<arguments.rounds where !Trouble.isFound {
        try inThreads(
            threads.map { thread in
                {
                    do { try thread.round(arguments.operations) } catch {
                        Trouble.report(words(of: error, thread, round))
                    }
                }
            })
    }
    if Trouble.isFound {
        if arguments.shrink { try shrinkAny(threads, arguments) }
        return
    }
    let (all, succeeded) = threads.reduce((0, 0)) { ($0.0 + $1.history.count, $0.1 + $1.succeeded) }
    print("compared: \(all) operations, of which \(succeeded) succeeded; no difference")
}

private func words(of error: any Error, _ thread: Comparison, _ round: Int) -> String {
    "thread \(thread.number), round \(round), operation \(thread.history.count):\n\(error)\n"
        + "the last operations:\n\(thread.lastWords)"
}
