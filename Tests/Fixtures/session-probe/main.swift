import CRawCalls
import Glibc

// session-probe WORD [ARGUMENT…]: small jobs that the integration tests need done in a session or around one.

let words = Array(CommandLine.arguments.dropFirst())
guard let job = words.first.flatMap({ jobs[$0] }) else {
    print("usage: session-probe \(jobs.keys.sorted().joined(separator: "|")) [ARGUMENT…]")
    exit(2)
}
do {
    exit(try job(Array(words.dropFirst())))
} catch {
    print("session-probe \(words[0]): \(error)")
    exit(1)
}
