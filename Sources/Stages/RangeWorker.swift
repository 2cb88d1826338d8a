import Glibc
import Linux
import Ownership
import Plan

/// Forks an owner worker in a helper namespace that maps the account to 0 and its subordinate range to 1 and up, so
/// that files an earlier rootless container left behind under those ids can be given back to the account.
///
/// The maps are written by newuidmap(1) and newgidmap(1), which hold the privilege and check subuid(5).
func startRangeWorker(
    _ plan: RunPlan, _ home: FileReference, _ users: SubordinateRange, _ groups: SubordinateRange
) throws(RunFailure) -> Child {
    let account = plan.identity.account
    let child = try Child.start("owner worker") { (channel) throws(RunFailure) in
        let mapped = try explained { () throws(SystemError) in
            try unshare([.user])
            try channel.send(ChildReport.done([]).encoded())
            return try waitToProceed(channel)
        }
        guard mapped else { return }
        try limitWorker(to: [.chown, .dacOverride], home, channel)
        try walkWhenTold(home, account.ownershipGoalInRange, plan.ownership.mode, channel)
    }
    _ = try child.report(within: 30_000)
    try writeRangeMap(by: MapWriter.users, child.process, own: account.user.rawValue, users)
    try writeRangeMap(by: MapWriter.groups, child.process, own: account.group.rawValue, groups)
    try child.proceed()
    return child
}

private func writeRangeMap(
    by program: String, _ process: ProcessID, own: UInt32, _ range: SubordinateRange
) throws(RunFailure) {
    let command = [
        program, "\(process.rawValue)", "0", "\(own)", "1", "1", "\(range.first)", "\(range.count)",
    ]
    let outcome = try explained { () throws(SystemError) in try runToEnd(command) }
    if outcome != .exited(0) {
        throw RunFailure(
            "\(program) did not map the ids \(range.first) to \(range.first + range.count - 1)",
            hint: Gate.powerlessMapWriters.cure)
    }
}

extension Account {
    /// The account is 0 there. Its other groups are not mapped: they read as 65534, the overflow id.
    fileprivate var ownershipGoalInRange: OwnershipGoal {
        OwnershipGoal(user: 0, group: 0, acceptedGroups: supplementaryGroups.isEmpty ? [] : [65534])
    }
}
