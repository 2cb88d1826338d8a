import Fuse
import Linux

/// The table that SIGUSR1 has written: a line for each operation, the most frequent first, and one for all of them.
extension Statistics {
    var table: String {
        let seconds = "\(milliseconds / 1000).\(milliseconds % 1000 / 100)"
        let head = ["operation", "requests", "median us", "99% us", "maximum us", "errors"]
        let rows = [head] + (operations + [total]).map(\.cells)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return "berth: \(total.requests) requests in \(seconds) s\n"
            + rows.map { aligned($0, widths) + "\n" }.joined()
    }
}

extension OperationStatistics {
    fileprivate var cells: [String] {
        [
            operation, "\(requests)", microseconds(median), microseconds(percentile99), microseconds(maximum),
            errors.isEmpty ? "-" : errors.map { "\($0.error.name) \($0.count)" }.joined(separator: ", "),
        ]
    }
}

/// The first column and the last begin where their heads do; numbers end there.
private func aligned(_ cells: [String], _ widths: [Int]) -> String {
    let last = cells.count - 1
    return cells.enumerated().map { column, cell in
        let gap = String(repeating: " ", count: widths[column] - cell.count)
        if column == last { return cell }
        return column == 0 ? cell + gap : gap + cell
    }.joined(separator: "  ")
}
