import Foundation

/// One run of the benchmark: every contestant does every workload in every mode, in turn.
struct Race {
    let scratch: Scratch
    private let settings: Benchmark
    private let sizes: Sizes
    private let rounds: Int
    private let contestants: [Contestant]
    /// Contestants that are not on this machine, and where they come from.
    private let absent: [Contestant]
    private let clientProgram: String

    init(_ settings: Benchmark) throws {
        self.settings = settings
        let mostFiles = Sizes.mostFiles
        sizes = settings.quick ? .quick : .usual(files: min(settings.files, mostFiles))
        rounds = settings.quick ? 1 : settings.rounds
        let wanted = Contestant.all(berth: settings.berth, passthroughLL: settings.passthroughLL)
            .filter { settings.contestant.isEmpty || $0.part == .native || settings.contestant.contains($0.name) }
        contestants = try wanted.filter { try $0.isHere }
        absent = try wanted.filter { try !$0.isHere }
        // Without a peer the rest is still worth something; without berth it is not.
        if let lost = absent.first(where: { $0.part != .peer }) { throw Trouble("\(lost.program): not found") }
        scratch = try Scratch(in: settings.directory, gigabytes: settings.gigabytes)
        // The checkout may be closed to the session's account.
        clientProgram = scratch.root + "/benchmark"
        try FileManager.default.copyItem(atPath: "/proc/self/exe".resolved, toPath: clientProgram)
        chmod(clientProgram, 0o755)
    }

    /// True if anything went wrong.
    func run() throws -> Bool {
        for note in scratch.notes { print("note: \(note)") }
        if sizes.files < settings.files && !settings.quick {
            print("note: \(sizes.files) files only: passthrough_ll holds each open, and the hard limit is near that")
        }
        for contestant in absent { print("absent: \(contestant.name): not found; from \(contestant.origin)") }
        let results = try modes.map(run)
        var shortfalls = results.flatMap { Table(results: $0).shortfalls }
        var comparisons: [ComparisonResult] = []
        for mode in modes {
            for comparison in settings.comparisons where settings.wants(comparison.name) {
                let result = try compare(comparison, mode)
                comparisons.append(result)
                shortfalls += result.shortfalls(comparison)
            }
        }
        print("\nslower than the best peer or below the target: \(shortfalls.count) of berth's figures")
        for shortfall in shortfalls { print("  \(shortfall)") }
        if let path = settings.json {
            try ResultsFile(results, comparisons, sizes: sizes, rounds: rounds, absent: absent.map(\.name)).write(
                to: path)
        }
        let failures = results.flatMap(\.failures) + comparisons.flatMap(\.failures)
        for failure in failures { print("FAILED: \(failure)") }
        return !failures.isEmpty
    }

    private var modes: [Mode] {
        let both: [Mode] = [.pinned(processor: settings.processor), .unpinned]
        if settings.pinned == settings.unpinned { return both }
        return [settings.pinned ? both[0] : both[1]]
    }

    private func run(_ mode: Mode) throws -> Results {
        let bench = Bench(scratch: scratch, sizes: sizes, mode: mode, clientProgram: clientProgram)
        var results = Results(mode: mode, contestants: contestants)
        for workload in allWorkloads where workload.isFor(mode) {
            if !settings.wants(workload.name) { continue }
            tell("\(mode.name): \(workload.rows.map(\.title).joined(separator: "; "))")
            for round in 0..<rounds { try run(workload, round, bench, &results) }
        }
        if !results.rows.isEmpty { for line in Table(results: results).lines { print(line) } }
        return results
    }

    private func compare(_ comparison: Comparison, _ mode: Mode) throws -> ComparisonResult {
        let bench = Bench(scratch: scratch, sizes: sizes, mode: mode, clientProgram: clientProgram)
        tell("\(mode.name): \(comparison.title)")
        let result = try ComparisonResult(comparison, rounds: rounds, bench)
        for line in result.lines(comparison) { print(line) }
        return result
    }

    /// One round: whoever was first is last in the next.
    private func run(_ workload: any Workload, _ round: Int, _ bench: Bench, _ results: inout Results) throws {
        results.gauge.append(try bench.gauge())
        let taking = contestants.filter(workload.isFor)
        let order = taking[(round % taking.count)...] + taking[..<(round % taking.count)]
        for contestant in order {
            // What the one before has written is not to be on the next one's account.
            sync()
            do {
                results.add(workload, contestant, try workload.measure(contestant, bench))
            } catch {
                results.fail(workload, contestant, error)
                print("FAILED: \(results.failures.last!)")
            }
        }
    }
}

/// Where it is, for whoever waits: not part of the result.
private func tell(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}

extension Bench {
    /// The wake-up gauge, read by a client as it is placed in this mode.
    fileprivate func gauge() throws -> Double {
        try visitNative { try $0.ask(.gauge(exchanges: 2000)).seconds }
    }

    /// A client that works on nothing in particular.
    func visitNative<Result>(_ body: (Visit) throws -> Result) throws -> Result {
        try visit(Contestant.native, scratch.root, body)
    }
}

extension String {
    /// Where a symbolic link leads.
    fileprivate var resolved: String { URL(fileURLWithPath: self).resolvingSymlinksInPath().path }
}
