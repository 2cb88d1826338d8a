import Glibc
import Linux
import Ownership
import Plan

/// Forks a process in a helper namespace that maps the account and its subordinate ranges, so that it can give back to
/// the account what an earlier rootless container left behind under those ids. Every id there is what it is outside.
///
/// The maps are written by newuidmap(1) and newgidmap(1), which hold the privilege and check subuid(5).
func startInRanges(
    _ users: SubordinateRange, _ groups: SubordinateRange, user: UInt32, group: UInt32,
    _ work: (borrowing Channel) throws(RunFailure) -> Void
) throws(RunFailure) -> Child {
    let child = try Child.start("owner worker") { (channel) throws(RunFailure) in
        let mapped = try explained { () throws(SystemError) in
            try unshare([.user])
            try channel.send(ChildReport.done([]).encoded())
            return try waitToProceed(channel)
        }
        if mapped { try work(channel) }
    }
    _ = try child.report(within: 30_000)
    try writeRangeMap(by: MapWriter.users, child.process, own: user, users)
    try writeRangeMap(by: MapWriter.groups, child.process, own: group, groups)
    try child.proceed()
    return child
}

private func writeRangeMap(
    by program: String, _ process: ProcessID, own: UInt32, _ range: SubordinateRange
) throws(RunFailure) {
    let command = [
        program, "\(process.rawValue)", "\(own)", "\(own)", "1", "\(range.first)", "\(range.first)", "\(range.count)",
    ]
    let outcome = try explained { () throws(SystemError) in try runToEnd(command) }
    if outcome != .exited(0) {
        throw RunFailure(
            "\(program) did not map the ids \(range.first) to \(range.first + range.count - 1)",
            hint: Gate.powerlessMapWriters.cure)
    }
}

/// The overflow id, as which groups are read that the helper namespace does not map.
let unmappedGroup: UInt32 = 65534
