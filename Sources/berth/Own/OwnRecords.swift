import Ownership
import Plan
import Stages

extension OwnBeginning {
    var record: FactValue {
        line(
            "own-began",
            [
                Fact("paths", .list(paths.map { .text($0) })), Fact("skipped", .list(skipped.map { .text($0) })),
                Fact("capabilities", .list(capabilities.map { .text($0) })),
                Fact("in_subordinate_ranges", .flag(isInRanges)),
            ] + confinement.facts)
    }
}

extension Finding {
    /// `path` is that of the tree and the finding's own.
    func record(_ path: [UInt8]) -> FactValue {
        let obstacle = obstacle.map { [Fact("obstacle", .text($0.name))] } ?? []
        return line(
            "finding",
            [Fact("kind", .text(kind.name))] + pathFacts("path", path) + [Fact("detail", .text(detail))] + obstacle)
    }
}

extension OwnOutcome {
    var record: FactValue {
        let numbers = counts.map { Fact(String($0.name.map { $0 == "-" ? "_" : $0 }), .number(Int64($0.count))) }
        let refusals = RefusalKind.allCases.filter { report.refused($0) > 0 }
            .map { Fact($0.name, .number(Int64(report.refused($0)))) }
        let owners = report.owners.sorted { ($0.key.user, $0.key.group) < ($1.key.user, $1.key.group) }
            .map { owner, count in
                FactValue.record([
                    Fact("uid", .number(Int64(owner.user))), Fact("gid", .number(Int64(owner.group))),
                    Fact("entries", .number(Int64(count.entries))), Fact("wrong", .number(Int64(count.wrong))),
                ])
            }
        return line(
            "own-ended",
            [
                Fact("status", .number(Int64(status))), Fact("ending", .text(report.ending.name)),
                Fact("dry_run", .flag(dryRun)), Fact("elapsed_ms", .number(Int64(milliseconds))),
            ] + (report.failure.map { [Fact("failure", .text($0))] } ?? []) + numbers
                + [Fact("refusals", .record(refusals))] + (dryRun ? [Fact("owners", .list(owners))] : []))
    }

    /// All counts, with the words for programs.
    private var counts: [(name: String, count: UInt64)] {
        [
            ("entries", report.entries), ("right", report.right), ("changed", report.changed),
            ("wrong", report.wrong), ("refused", report.refused), ("left", report.left),
            ("different", report.different), ("vanished", report.vanished), ("unselected", report.unselected),
            ("other-mounts", report.otherMounts), ("set-id-cleared", report.setIDCleared),
            ("set-id-kept", report.setIDKept), ("capabilities-cleared", report.capabilitiesCleared),
            ("capabilities-kept", report.capabilitiesKept), ("capabilities-unseen", report.capabilitiesUnseen),
        ]
    }
}

extension WalkEnding {
    var name: String {
        switch self {
        case .complete: "complete"
        case .deadline: "deadline"
        case .cancelled: "signal"
        case .hopeless: "hopeless"
        case .recordFailed: "record-failed"
        }
    }
}
