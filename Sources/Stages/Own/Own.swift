import Glibc
import Linux
import Ownership
import Plan

/// What `berth own` tells while it goes on. Findings come from any thread, one at a time.
package enum OwnEvent: Sendable {
    case began(OwnBeginning)
    case finding(Finding, path: [UInt8])
    case progress(OwnershipProgress)
    case ended(OwnOutcome)
}

/// What is known before the walk begins.
package struct OwnBeginning: Sendable {
    /// The trees that are walked, and those that are right, as their roots tell.
    package var paths: [String]
    package var skipped: [String]
    /// What the walk holds, read back.
    package var capabilities: [String]
    /// The ranges in a helper namespace of which it holds that, if it does.
    package var isInRanges: Bool
    /// What keeps it in the trees.
    package var confinement: Confinement
}

/// How it ended.
package struct OwnOutcome: Sendable {
    package var report: WalkReport
    /// The signal that asked for the end.
    package var signal: Int32?
    package var milliseconds: Int
    package var dryRun: Bool

    /// 0: everything is as was asked. 1: something was refused, or is other than recorded. 2: the deadline passed.
    /// 3: the record could not be written any more. 128+N: signal N asked for the end.
    package var status: Int32 {
        switch report.ending {
        case .deadline: return 2
        case .recordFailed: return 3
        case .cancelled: return 128 + (signal ?? 0)
        case .hopeless: return 1
        case .complete:
            let obstacles = RefusalKind.allCases.contains { report.refused($0) > 0 }
            return report.refused > 0 || report.different > 0 || obstacles ? 1 : 0
        }
    }
}

/// Does what the plan says; answers the exit status.
///
/// Call it from a process of one thread. Where it throws, nothing has been changed. `interval` is how often progress is
/// reported, in milliseconds; nil: never.
package func own(
    _ plan: OwnPlan, interval: Int?, report: @escaping @Sendable (OwnEvent) -> Void
) throws(RunFailure) -> Int32 {
    let work = try OwnWork(plan)
    let trees = try HeldTrees.open(plan, work.rule)
    let record = try openRecord(plan, outside: trees)
    let watch = try Watch(interval: interval)
    switch plan.power {
    case .subordinateRanges(let users, let groups):
        return try own(inRanges: users, groups, OwnWalk(work, trees, record), watch, report)
    case .callersCapabilities, .none:
        let held = try explained { () throws(SystemError) in try CapabilityState.current().effective }
        let walk = try OwnWalk(work, trees, record)
            .limit(to: held.intersection(ownerCapabilities), keeping: [])
        return try walk.carryOut(watch, report)
    }
}

/// The same in a process that holds the capabilities over the account's subordinate ranges; this one waits for it.
private func own(
    inRanges users: SubordinateRange, _ groups: SubordinateRange, _ walk: consuming OwnWalk, _ watch: Watch,
    _ report: @escaping @Sendable (OwnEvent) -> Void
) throws(RunFailure) -> Int32 {
    var walk = Optional(walk)
    let child = try startInRanges(
        users, groups, user: Credentials.effectiveUser, group: Credentials.effectiveGroup
    ) { (channel) throws(RunFailure) in
        var walk = try walk.take()!.limit(to: ownerCapabilities, keeping: [channel.file])
        walk.beginning.isInRanges = true
        try explained { () throws(SystemError) in try ProcessControl.setParentDeathSignal(SIGKILL) }
        let status = try walk.carryOut(watch, report)
        try explained { () throws(SystemError) in
            try channel.send(ChildReport.done([UInt8(clamping: status)]).encoded())
        }
    }
    return try watch.wait(for: child)
}
