import Foundation
import Testing

/// One attempt on a session or on what is started for it, and how it ended: a row of the table of attacks.
struct AttackRow: Sendable {
    /// The letter of the promise, berth-security(7).
    let promise: String
    /// The class, in the manual page's words.
    let kind: String
    let attempt: String
    /// What stands in its way: words of BERTH_TEST_WITHOUT, and in brackets what no build does without.
    let defences: Set<String>
    let expected: String
    let answer: String

    /// As hostile-session prints it; nil for its other lines.
    init?(_ line: String) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6 else { return nil }
        (promise, kind, attempt) = (fields[0], fields[1], fields[2])
        defences = Set(fields[3].split(separator: "+").map(String.init))
        (expected, answer) = (fields[4], fields[5])
    }

    init(kind: String, attempt: String, defence: String, answer: String) {
        (promise, self.kind, self.attempt) = ("", kind, attempt)
        (defences, expected, self.answer) = ([defence], "", answer)
    }

    var isRefused: Bool { answer.hasPrefix("refused") }
    var succeeded: Bool { answer == "SUCCEEDED" }
    var canBeLeftOut: Bool { !defences.contains { $0.hasPrefix("(") } }
}

extension Outcome {
    /// The rows of hostile-session's table.
    var attacks: [AttackRow] { lines.compactMap { AttackRow($0) } }
}

/// Records every row that was not refused.
func expectRefused(_ rows: [AttackRow], sourceLocation: SourceLocation = #_sourceLocation) {
    for row in rows where !row.isRefused {
        Issue.record(
            "(\(row.promise)) \(row.kind): \(row.attempt): \(row.answer), expected \(row.expected)",
            sourceLocation: sourceLocation)
    }
}

/// Prints what was tried, by class: the same attempt by several paths or on several processes takes one line.
func printTable(_ rows: [AttackRow], of place: String) {
    var counts: [[String]: Int] = [:]
    var table = [["class", "tried", "defences", "answer"]]
    for row in rows {
        let cells = row.cells
        if counts.updateValue(counts[cells, default: 0] + 1, forKey: cells) == nil { table.append(cells) }
    }
    let widths = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
    print("attacks |\nattacks | \(place)")
    for cells in table {
        let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        let times = counts[cells, default: 1] > 1 ? " (\(counts[cells]!) times)" : ""
        print("attacks | " + (padded + [cells[3]]).joined(separator: "  ") + times)
    }
}

extension AttackRow {
    /// Without what tells one path or process from another.
    fileprivate var cells: [String] {
        let attempt = attempt.replacing(/\ (of|to|with) process [0-9]+/, with: "")
            .replacing(/: (shared|source).*/, with: "")
        let answer = answer.replacing(
            /\/proc\/[0-9]+|process [0-9]+|\/tmp\/berth-suite-[0-9]+\/tree-[0-9A-F]+/, with: "…")
        return [kind, attempt, defences.sorted().joined(separator: " + "), answer]
    }
}
