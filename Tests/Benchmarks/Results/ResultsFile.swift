import Foundation

/// Everything that was measured, for programs.
struct ResultsFile: Encodable {
    struct Measured: Encodable {
        let mode: String
        let row: String
        let contestant: String
        let part: Contestant.Part
        /// Bytes, files or names in a second, one for each round.
        let perSecond: [Double]
        let shareOfNative: Double?
        let shareOfBestPeer: Double?
        let bestPeer: String?
        let target: Double?
    }

    let version = 1
    let date = ISO8601DateFormatter().string(from: Date())
    let kernel: String
    let processors: Int
    let sizes: Sizes
    let rounds: Int
    /// Contestants that are not on this machine.
    let absent: [String]
    /// Seconds of a wake-up there and back, by mode.
    let gauge: [String: [Double]]
    let failures: [String]
    let results: [Measured]
    let comparisons: [ComparisonResult]

    init(_ all: [Results], _ comparisons: [ComparisonResult], sizes: Sizes, rounds: Int, absent: [String]) throws {
        kernel = try Program("uname", "--kernel-release").mustRun().output.trimmingCharacters(
            in: .whitespacesAndNewlines)
        processors = ProcessInfo.processInfo.activeProcessorCount
        self.sizes = sizes
        self.rounds = rounds
        self.absent = absent
        gauge = Dictionary(uniqueKeysWithValues: all.map { ($0.mode.name, $0.gauge) })
        failures = all.flatMap(\.failures) + comparisons.flatMap(\.failures)
        self.comparisons = comparisons
        results = all.flatMap { results in
            results.rows.flatMap { row in results.contestants.compactMap { measured(results, row, $0) } }
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: path))
    }
}

private func measured(_ results: Results, _ row: Row, _ contestant: Contestant) -> ResultsFile.Measured? {
    let rates = results.rates(row, contestant.name)
    if rates.isEmpty { return nil }
    let share = results.share(row, contestant.name)
    let best = results.bestPeer(row)
    return ResultsFile.Measured(
        mode: results.mode.name, row: row.title, contestant: contestant.name, part: contestant.part, perSecond: rates,
        shareOfNative: share, shareOfBestPeer: share.flatMap { own in best.map { own / $0.share } },
        bestPeer: best?.name,
        target: contestant.part == .home ? row.home : contestant.part == .shared ? row.shared : nil)
}
