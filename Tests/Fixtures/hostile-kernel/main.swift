import CRawCalls
import Glibc

// hostile-kernel DIRECTORY [--seed N] [--requests N]…: plays a kernel that means harm, against the file server in a
// process of its own. Fails with the seed, the request and what went wrong; all it makes lies in DIRECTORY, and is removed.

private let requestsOfRound = 2500

private func run(_ options: Options) throws {
    var answers: [Int32: Int] = [:]
    let rounds = max((options.requests + requestsOfRound - 1) / requestsOfRound, 1)
    for number in 0..<rounds {
        let left = min(requestsOfRound, options.requests - number * requestsOfRound)
        var round = Round(options, number: number, requests: left)
        answers.merge(try round.run()) { $0 + $1 }
    }
    let table = answers.sorted { $0.key < $1.key }.map { number, count in
        "\(number == 0 ? "done" : strerrorname_np(number).map { String(cString: $0) } ?? "\(number)") \(count)"
    }
    print("hostile-kernel: seed \(options.seed): \(rounds) rounds, answers: \(table.joined(separator: ", "))")
}

do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    print("hostile-kernel: seed \(options.seed)")
    signal(SIGPIPE, SIG_IGN)
    umask(0o022)
    try run(options)
} catch let misuse as Misuse {
    print(misuse.words)
    exit(2)
} catch let failure as Failure {
    print("hostile-kernel: FAILED: \(failure.words)")
    exit(1)
}
