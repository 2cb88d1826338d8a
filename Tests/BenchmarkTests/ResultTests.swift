import Testing

@testable import benchmark

/// What the table says of figures that are made up.
@Suite struct ResultTests {
    private static let contestants = Contestant.all(berth: "/berth", passthroughLL: "/passthrough_ll")
    private static let workload = MadeUp()

    private func results(_ rates: [String: [Double]]) throws -> Results {
        var results = Results(mode: .unpinned, contestants: Self.contestants)
        for (name, values) in rates {
            let contestant = try #require(Self.contestants.first { $0.name == name })
            for value in values { results.add(Self.workload, contestant, [value]) }
        }
        return results
    }

    @Test func mediansAreTheMiddle() {
        #expect(median([]) == nil)
        #expect(median([3, 1, 100]) == 3)
        #expect(median([4, 1, 2, 100]) == 3)
    }

    @Test func sharesAreRatiosOfMedians() throws {
        let row = Self.workload.rows[0]
        let results = try results(["native": [100, 90, 1000], "home": [30, 20, 25], "bindfs": [40, 50, 10]])
        #expect(results.share(row, "home") == 0.25)
        #expect(results.share(row, "shared") == nil)
        #expect(results.bestPeer(row)?.name == "bindfs")
        #expect(results.bestPeer(row)?.share == 0.4)
    }

    @Test func whatFallsShortIsNamed() throws {
        let slow = try results(["native": [100], "home": [25], "shared": [60], "bindfs": [40]])
        let found = Table(results: slow).shortfalls
        #expect(found == ["unpinned, made up, home: 0.25 of native, target 0.30; 0.62 of bindfs"])
        let fast = try results(["native": [100], "home": [45], "shared": [50], "bindfs": [40]])
        #expect(Table(results: fast).shortfalls.isEmpty)
    }

    @Test func aFailureIsKept() throws {
        var results = try results(["native": [100]])
        results.fail(Self.workload, Self.contestants[1], Trouble("wrong answer"))
        #expect(results.failures == ["home, made-up, unpinned: wrong answer"])
    }

    @Test func whatOnlyReadsHasNoPartInWriting() throws {
        let shared = try #require(Self.contestants.first { $0.part == .shared })
        let takesPart = allWorkloads.filter { $0.isFor(shared) }
        #expect(!takesPart.isEmpty)
        #expect(takesPart.allSatisfy { !$0.writes })
    }
}

private struct MadeUp: Workload {
    var name: String { "made-up" }
    var rows: [Row] { [Row("made up", home: 0.3, shared: 0.5)] }
    var writes: Bool { false }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] { throw Trouble("never run") }
}
