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
    let gates: Set<String>
    let expected: String
    let answer: String

    /// As hostile-session prints it; nil for its other lines.
    init?(_ line: String) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6 else { return nil }
        (promise, kind, attempt) = (fields[0], fields[1], fields[2])
        gates = Set(fields[3].split(separator: "+").map(String.init))
        (expected, answer) = (fields[4], fields[5])
    }

    init(kind: String, attempt: String, refusal: String) {
        (promise, self.kind, self.attempt) = ("", kind, attempt)
        (gates, expected, answer) = (["(refused at the start)"], "", refusal)
    }

    var isRefused: Bool { answer.hasPrefix("refused") }
    var succeeded: Bool { answer == "SUCCEEDED" }
    var canBeLeftOut: Bool { !gates.contains { $0.hasPrefix("(") } }
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
    var counts: [String: Int] = [:]
    var lines: [String] = []
    for row in rows {
        let process = row.attempt.replacing(/\ (of|to|with) process [0-9]+/, with: "")
        let attempt = process.replacing(/: (shared|source).*/, with: "")
        let line = [row.kind, attempt, row.gates.sorted().joined(separator: " + "), row.answer].joined(separator: " | ")
            .replacing(/\/proc\/[0-9]+|process [0-9]+|\/tmp\/berth-suite-[0-9]+\/tree-[0-9A-F]+/, with: "…")
        if counts.updateValue(counts[line, default: 0] + 1, forKey: line) == nil { lines.append(line) }
    }
    print("attacks | \(place) | class | tried | gates | answer")
    for line in lines { print("attacks | \(line)" + (counts[line]! > 1 ? " (\(counts[line]!) times)" : "")) }
}
