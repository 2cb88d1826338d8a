import Foundation

func twoDigits(_ value: Double) -> String { String(format: "%.2f", value) }

/// The results of one mode as text, one line for each row.
struct Table {
    let results: Results

    var lines: [String] {
        let names = results.contestants.filter { $0.part != .native }.map(\.name)
        let heads = ["work", "native /s"] + names + ["best peer", "home/peer", "shared/peer", "target"]
        let grid = [heads] + results.rows.map { cells($0, names) }
        let widths = heads.indices.map { column in grid.map { $0[column].count }.max()! }
        let table = grid.map { line in
            line.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + padding : padding + line[column]
            }.joined(separator: "  ")
        }
        return [title] + table
    }

    private var title: String {
        let low = results.gauge.min() ?? 0
        let high = results.gauge.max() ?? 0
        let times = String(format: "%.1f µs (%.1f to %.1f)", (median(results.gauge) ?? 0) * 1e6, low * 1e6, high * 1e6)
        return "\n\(results.mode.name): throughput as a share of native; a wake-up there and back took \(times)"
    }

    private func cells(_ row: Row, _ names: [String]) -> [String] {
        let native = median(results.rates(row, "native")).map { String(format: "%.3g", $0) } ?? "-"
        let shares = names.map { results.share(row, $0).map(twoDigits) ?? "-" }
        let best = results.bestPeer(row)
        let targets = [row.home, row.shared].map { $0.map(twoDigits) ?? "-" }
        return [row.title, native] + shares
            + [
                best.map(\.name) ?? "-", againstBest(row, .home), againstBest(row, .shared),
                targets == ["-", "-"] ? "-" : targets[0] == targets[1] ? targets[0] : targets.joined(separator: "/"),
            ]
    }

    /// As berth's sessions have it; as the mount by hand has it where no session takes part.
    private func againstBest(_ row: Row, _ part: Contestant.Part) -> String {
        guard let best = results.bestPeer(row) else { return "-" }
        for contestant in results.contestants where contestant.part == part {
            if let share = results.share(row, contestant.name) { return twoDigits(share / best.share) }
        }
        return "-"
    }

    /// Every row that falls short, and of what.
    var shortfalls: [String] {
        results.rows.flatMap { row in
            results.contestants.compactMap { contestant in
                guard contestant.part == .home || contestant.part == .shared else { return nil }
                let found = results.shortfalls(row, contestant)
                return found.isEmpty
                    ? nil : "\(results.mode.name), \(row.title), \(contestant.name): " + found.joined(separator: "; ")
            }
        }
    }
}
