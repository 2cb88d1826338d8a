/// What was measured in one mode.
struct Results {
    let mode: Mode
    let contestants: [Contestant]
    private(set) var rows: [Row] = []
    /// Units of work in a second, by row and contestant, one for each round.
    private var samples: [Row: [String: [Double]]] = [:]
    /// Seconds of the wake-up gauge, one for each workload and round.
    var gauge: [Double] = []
    /// Wrong answers, and whatever else kept a contestant from its work.
    private(set) var failures: [String] = []

    init(mode: Mode, contestants: [Contestant]) {
        self.mode = mode
        self.contestants = contestants
    }

    mutating func add(_ workload: any Workload, _ contestant: Contestant, _ rates: [Double]) {
        for (row, rate) in zip(workload.rows, rates) {
            if samples[row] == nil { rows.append(row) }
            samples[row, default: [:]][contestant.name, default: []].append(rate)
        }
    }

    mutating func fail(_ workload: any Workload, _ contestant: Contestant, _ error: any Error) {
        failures.append("\(contestant.name), \(workload.name), \(mode.name): \(error)")
    }

    func rates(_ row: Row, _ contestant: String) -> [Double] { samples[row]?[contestant] ?? [] }

    /// Throughput as a share of the source's own: the ratio of the medians.
    func share(_ row: Row, _ contestant: String) -> Double? {
        guard let native = median(rates(row, "native")), let own = median(rates(row, contestant)) else { return nil }
        return own / native
    }

    /// The peer with the highest share.
    func bestPeer(_ row: Row) -> (name: String, share: Double)? {
        contestants.filter { $0.part == .peer }
            .compactMap { peer in share(row, peer.name).map { (peer.name, $0) } }
            .max { $0.1 < $1.1 }
    }

    /// What falls short, in words; empty where a contestant of berth's is as fast as it should be.
    func shortfalls(_ row: Row, _ contestant: Contestant) -> [String] {
        guard let share = share(row, contestant.name) else { return [] }
        var shortfalls: [String] = []
        let target = contestant.part == .home ? row.home : contestant.part == .shared ? row.shared : nil
        if let target, share < target {
            shortfalls.append("\(twoDigits(share)) of native, target \(twoDigits(target))")
        }
        if let best = bestPeer(row), share < best.share {
            shortfalls.append("\(twoDigits(share / best.share)) of \(best.name)")
        }
        return shortfalls
    }
}

/// The middle one, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
