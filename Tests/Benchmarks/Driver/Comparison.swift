import Foundation

/// Commands that do the same or nearly so, timed in turn; speeds are shares of one that all are held against.
struct Comparison: Sendable {
    struct Contender: Sendable {
        let name: String
        /// How fast it is to be, as a share of the reference's speed.
        var target: Double?
        /// Once; throws where it did not do what it should.
        let seconds: @Sendable (Bench, Visit) throws -> Double
    }

    /// For `--only`.
    let name: String
    let title: String
    let reference: String
    /// How often each has its turn in one round.
    let turns: Int
    let contenders: [Contender]
}

/// What came of a comparison in one mode.
struct ComparisonResult: Encodable {
    let comparison: String
    let mode: String
    let reference: String
    /// By contender, one for each turn.
    private(set) var seconds: [String: [Double]] = [:]
    private(set) var failures: [String] = []

    /// Lets each have its turns. They are started by a client, so that the way there is in no figure.
    init(_ comparison: Comparison, rounds: Int, _ bench: Bench) throws {
        self.comparison = comparison.name
        mode = bench.mode.name
        reference = comparison.reference
        var barred: Set<String> = []
        try bench.visitNative { visit in
            for turn in 0..<rounds * comparison.turns {
                let first = turn % comparison.contenders.count
                for contender in comparison.contenders[first...] + comparison.contenders[..<first] {
                    if barred.contains(contender.name) { continue }
                    do {
                        seconds[contender.name, default: []].append(try contender.seconds(bench, visit))
                    } catch {
                        barred.insert(contender.name)
                        failures.append("\(contender.name), \(comparison.name), \(mode): \(error)")
                    }
                }
            }
        }
    }

    /// How many times as fast as the reference.
    func share(_ contender: String) -> Double? {
        guard let own = median(seconds[contender] ?? []), let other = median(seconds[reference] ?? []) else {
            return nil
        }
        return other / own
    }

    func shortfalls(_ comparison: Comparison) -> [String] {
        comparison.contenders.compactMap { contender in
            guard let target = contender.target, let share = share(contender.name), share < target else { return nil }
            return "\(mode), \(comparison.name), \(contender.name): \(twoDigits(share)) of \(reference), "
                + "target \(twoDigits(target))"
        }
    }

    func lines(_ comparison: Comparison) -> [String] {
        let width = comparison.contenders.map(\.name.count).max()!
        let head = "\n\(mode): \(comparison.title); speed as a share of \(reference)'s"
        return [head]
            + comparison.contenders.map { contender in
                let name = contender.name.padding(toLength: width, withPad: " ", startingAt: 0)
                let time =
                    median(seconds[contender.name] ?? []).map { String(format: "%9.2f ms", $0 * 1000) } ?? "        -"
                let share = share(contender.name).map(twoDigits) ?? "-"
                return "\(name)  \(time)  \(share)" + (contender.target.map { "  target \(twoDigits($0))" } ?? "")
            }
    }
}
