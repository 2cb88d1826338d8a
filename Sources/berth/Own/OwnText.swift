import Linux
import Ownership
import Plan
import Stages

/// The result for people.
extension OwnOutcome {
    func text(_ beginning: OwnBeginning?) -> String {
        var lines = (beginning?.skipped ?? []).map { "'\(printable($0))' is right, and was not looked through" }
        if beginning?.paths.isEmpty != true { lines.append(summary) }
        if dryRun, let beginning { lines += owners + needs(beginning) }
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let counts: [(UInt64, String)] = [
            (report.changed, "changed"), (report.wrong, "would be changed"), (report.right, "right"),
            (report.unselected, "of other owners"), (report.refused, "refused"),
            (report.different, "not as recorded"), (report.left, "left"), (report.vanished, "vanished"),
            (report.otherMounts, "mounts not entered"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "\(report.entries) entries in \(seconds) s" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }

    private var seconds: String { "\(milliseconds / 1000).\(milliseconds % 1000 / 100)" }

    private var owners: [String] {
        let most = report.owners.sorted { $0.value.entries > $1.value.entries }
        let shown = most.prefix(20).map { "  \($0.key): \($0.value.entries) entries, \($0.value.wrong) to change" }
        return shown + (most.count > shown.count ? ["  and \(most.count - shown.count) further owners"] : [])
    }

    private func needs(_ beginning: OwnBeginning) -> [String] {
        if report.wrong == 0 { return [] }
        let needed = ownerCapabilities.names
        let missing = needed.filter { !beginning.capabilities.contains($0) }
        let state = missing.isEmpty ? "there" : "missing \(missing.joined(separator: ", "))"
        let reach = beginning.isInRanges ? ", over the account's subordinate ids" : ""
        return ["needs \(needed.joined(separator: ", ")): \(state)\(reach)"]
    }

    /// Why it is not complete.
    var troubles: [(message: String, hint: String?)] {
        let left = report.left > 0 ? ", \(report.left) known to be wrong left" : ""
        switch report.ending {
        case .complete: return rootsLeft
        case .deadline: return [("the deadline passed after \(report.entries) entries\(left)", again)]
        case .cancelled: return [("ended by a signal after \(report.entries) entries\(left)", again)]
        case .recordFailed: return [("the record cannot be written: \(report.failure ?? "")\(left)", again)]
        case .hopeless:
            return [("all of a tree would be refused for the same reason: the walk through it ended\(left)", nil)]
        }
    }

    private var rootsLeft: [(message: String, hint: String?)] {
        let what = "a directory that was named keeps its owner while something in it is refused"
        return report.left == 0 ? [] : [(what, nil)]
    }

    /// What would help those that were refused, where it is one thing for all.
    func cure(_ beginning: OwnBeginning?) -> String? {
        guard let beginning, report.refused(.notPermitted) > 0 else { return nil }
        if beginning.isInRanges {
            return "the account's subordinate ids reach only files whose owner and group are among them"
        }
        let missing = ownerCapabilities.names.filter { !beginning.capabilities.contains($0) }
        if missing.isEmpty { return "capabilities of a user namespace reach only files whose owner and group it maps" }
        return "berth was started without \(missing.joined(separator: " and "))"
    }

    private var again: String { "the same command goes on with it" }
}
