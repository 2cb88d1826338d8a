import Linux
import Testing

@testable import Fuse

@Suite("Latencies are exact within the bounds of their buckets") struct LatencyTests {
    /// Each power of two, and what lies around it.
    private static let edges: [UInt64] = (0..<40).flatMap { power -> [UInt64] in
        let edge: UInt64 = 1 << power
        return [edge - 1, edge, edge + 1, edge + edge / 3]
    }

    @Test("a time is in the first bucket whose bound is not below it", arguments: edges)
    func buckets(_ time: UInt64) {
        let index = LatencyBuckets.index(of: time)
        #expect(LatencyBuckets.bound(index) >= time)
        #expect(index == 0 || LatencyBuckets.bound(index - 1) < time)
        #expect(LatencyBuckets.bound(index) - time <= time / 32)
    }

    @Test("what takes longer than eighteen minutes is in the last bucket")
    func longest() {
        #expect(LatencyBuckets.index(of: .max) == LatencyBuckets.count - 1)
        #expect(LatencyBuckets.index(of: 1 << 41) == LatencyBuckets.count - 1)
    }

    @Test(
        "percentiles are those of the sorted times, at most a thirty-second part above",
        arguments: [1, 2, 3, 100, 5000])
    func percentiles(_ count: Int) {
        var generator = SystemRandomNumberGenerator()
        var histogram = LatencyHistogram()
        let times = (0..<count).map { _ in UInt64.random(in: 0...(1 << UInt64.random(in: 1...35)), using: &generator) }
        for time in times {
            histogram.add(1, in: LatencyBuckets.index(of: time))
            histogram.add(maximum: time)
        }
        let sorted = times.sorted()
        for hundredths in [1, 50, 99, 100] {
            let exact = sorted[max(1, (count * hundredths + 99) / 100) - 1]
            let told = histogram.percentile(UInt64(hundredths))
            #expect(told >= exact && told <= exact + exact / 32, "\(hundredths) of \(count): \(told), not \(exact)")
        }
        #expect(histogram.percentile(100) == sorted.last)
    }

    @Test("threads are counted apart, and told together")
    func threads() throws {
        let tallies = try (0..<4).map { _ in try #require(Tally()) }
        defer { for tally in tallies { tally.free() } }
        let threads = try tallies.map { tally in
            try Thread.start {
                for time in 1...10_000 { tally.count(3, UInt64(time), error: time % 10 == 0 ? 2 : 0) }
            }
        }
        for thread in threads { thread.join() }
        var latencies = LatencyHistogram()
        var errors = Tally.noErrors
        for tally in tallies { tally.add(3, to: &latencies, &errors) }
        let statistics = OperationStatistics("getattr", latencies, errors: errors)
        #expect(statistics.requests == 40_000)
        #expect(statistics.maximum == 10_000)
        #expect((5000...5156).contains(statistics.median))
        #expect((9900...10_000).contains(statistics.percentile99))
        #expect(statistics.errors == [OperationStatistics.ErrorCount(Errno(2), 4000)])
    }

    @Test("operations and errors without a place of their own are counted nevertheless")
    func strangers() throws {
        let tally = try #require(Tally())
        defer { tally.free() }
        tally.count(4096, 5, error: 99_999)
        var latencies = LatencyHistogram()
        var errors = Tally.noErrors
        tally.add(0, to: &latencies, &errors)
        #expect(latencies.total == 1 && errors.reduce(0, +) == 1)
    }
}
