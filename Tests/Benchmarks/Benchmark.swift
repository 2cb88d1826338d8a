import ArgumentParser
import CRawCalls
import Foundation

/// One program for both halves: the driver, and the client that it starts in each mount.
@main
enum Main {
    static func main() throws {
        if CommandLine.arguments.dropFirst() == [clientWord] { try serveOrders() } else { Benchmark.main() }
    }
}

/// How fast berth's mounts are, beside the source itself and beside other pass-through file systems.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Compares berth's mounts with the source itself and with its peers.",
        discussion: """
            Workloads: \((allWorkloads.map(\.name) + ["start", "own-wrong", "own-right", "own-few"]).uniqued.joined(separator: ", ")).
            The table has throughput as a share of the source's own. It ends with 1 where an answer was wrong.
            """)

    @Option(help: "The berth to measure.")
    var berth: String

    @Option(help: "libfuse's example, compiled.")
    var passthroughLL: String

    @Option(help: "How often each contestant does each workload; the medians count.")
    var rounds = 3

    @Option(help: "How many small files; the trees have half as many.")
    var files = 20000

    @Option(help: ArgumentHelp("Only this workload. Repeatable.", valueName: "workload"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Only this contestant, and native. Repeatable.", valueName: "contestant"))
    var contestant: [String] = []

    @Flag(help: "Only with client and server on one processor.")
    var pinned = false

    @Flag(help: "Only with client and server on all processors.")
    var unpinned = false

    @Option(help: "The processor to pin to; by default the last.")
    var processor = ProcessInfo.processInfo.activeProcessorCount - 1

    @Flag(help: "Small sizes and one round: for a look whether everything runs.")
    var quick = false

    @Option(help: ArgumentHelp("Save everything that was measured.", valueName: "file"))
    var json: String?

    @Option(help: "Where the sources are mounted.")
    var directory = "/var/tmp"

    @Option(help: "Memory for the sources, at most.")
    var gigabytes = 12

    func validate() throws {
        let names = Set(allWorkloads.map(\.name) + comparisons.map(\.name))
        for name in only where !names.contains(name) {
            throw ValidationError("no workload '\(name)'; there are \(names.sorted().joined(separator: ", "))")
        }
        let all = Contestant.all(berth: berth, passthroughLL: passthroughLL).map(\.name)
        for name in contestant where !all.contains(name) {
            throw ValidationError("no contestant '\(name)'; there are \(all.joined(separator: ", "))")
        }
        if files < 100 || rounds < 1 { throw ValidationError("at least 100 files and one round") }
        if geteuid() != 0 { throw ValidationError("root is needed: it mounts the sources and the peers") }
    }

    var comparisons: [Comparison] { [starts(berth: berth)] + ownership(berth: berth) }

    func wants(_ name: String) -> Bool { only.isEmpty || only.contains(name) }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        // In a process namespace of its own the first process would otherwise be spared.
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number) { _exit(128 + $0) } }
        setlinebuf(stdout_stream())
        setenv("LC_ALL", "C.UTF-8", 1)
        setenv("GIT_OPTIONAL_LOCKS", "0", 1)
        let race = try Race(self)
        let finished = Result { try race.run() }
        try race.scratch.close()
        if try finished.get() { throw ExitCode.failure }
    }
}

extension [String] {
    /// Each once, in order.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
