import Glibc
import Linux
import Ownership
import Plan

/// The process that fixes the home's ownership, seen from berth: forked outside, before there is a namespace.
struct OwnerWorker: ~Copyable {
    private let child: Child

    var process: ProcessID { child.process }

    /// Forks it where there is something to walk; it waits, and works only once everything else has gone well.
    static func startIfNeeded(_ plan: RunPlan, _ sources: borrowing HeldSources) throws(RunFailure) -> OwnerWorker? {
        guard let index = plan.homeIndex else { return nil }
        let home = sources[index]
        switch plan.ownership.mode {
        case .off: return nil
        case .onRootMismatch:
            let goal = plan.identity.account.ownershipGoal
            let needed = try explained { () throws(SystemError) in
                try rootNeedsWalk(root: home, rule: .give(goal, from: nil))
            }
            if !needed { return nil }
        case .always, .check: break
        }
        return try start(plan, home: home)
    }

    private static func start(_ plan: RunPlan, home: FileReference) throws(RunFailure) -> OwnerWorker {
        switch plan.ownership.power {
        case .callersCapabilities: return try start(plan, home, keeping: [.chown, .dacOverride])
        case .none: return try start(plan, home, keeping: [])
        case .subordinateRanges(let users, let groups):
            return try start(plan, home, inRanges: users, groups)
        }
    }

    private static func start(
        _ plan: RunPlan, _ home: FileReference, keeping kept: CapabilitySet
    ) throws(RunFailure) -> OwnerWorker {
        let child = try Child.start("owner worker") { (channel) throws(RunFailure) in
            try limitWorker(to: kept, home, channel)
            try walkWhenTold(home, plan.identity.account.ownershipGoal, plan.ownership.mode, channel)
        }
        return OwnerWorker(child: child)
    }

    private static func start(
        _ plan: RunPlan, _ home: FileReference, inRanges users: SubordinateRange, _ groups: SubordinateRange
    ) throws(RunFailure) -> OwnerWorker {
        let account = plan.identity.account
        var goal = account.ownershipGoal
        if !goal.acceptedGroups.isEmpty { goal.acceptedGroups.insert(unmappedGroup) }
        let child = try startInRanges(users, groups, user: goal.user, group: goal.group) {
            (channel) throws(RunFailure) in
            try limitWorker(to: ownerCapabilities, home, channel)
            try walkWhenTold(home, goal, plan.ownership.mode, channel)
        }
        return OwnerWorker(child: child)
    }

    /// Lets it walk, and waits until it has ended: what it held while it worked, and what it did.
    consuming func work() throws(RunFailure) -> (capabilities: [String], report: WalkReport) {
        try child.proceed()
        let held = try child.report(within: 30_000)
        let payload = try child.report(within: nil)
        _ = try explained { () throws(SystemError) in try child.process.wait() }
        let names = String(decoding: held, as: UTF8.self).split(separator: " ").map(String.init)
        return (names, try explained { () throws(SystemError) in try WalkReport(decoding: payload) })
    }
}

/// In the worker: gives up all but `kept`, and ends with the one who forked it.
private func limitWorker(
    to kept: CapabilitySet, _ home: FileReference, _ channel: borrowing Channel
) throws(RunFailure) {
    _ = try limitWalk(to: kept, trees: [home], keeping: [channel.file])
    try explained { () throws(SystemError) in try ProcessControl.setParentDeathSignal(SIGKILL) }
}

/// In the worker: waits for the word, tells what it holds, walks, and tells what it did.
private func walkWhenTold(
    _ home: FileReference, _ goal: OwnershipGoal, _ mode: OwnershipMode, _ channel: borrowing Channel
) throws(RunFailure) {
    try explained { () throws(SystemError) in
        guard try waitToProceed(channel) else { return }
        let held = try CapabilityState.current().permitted.names.joined(separator: " ")
        try channel.send(ChildReport.done(Array(held.utf8)).encoded())
        var options = WalkOptions()
        if mode == .check { options.mode = .check }
        let report = try walk(trees: [home], rule: .give(goal, from: nil), options: options)
        try channel.send(ChildReport.done(report.encode()).encoded())
    }
}

extension Account {
    /// What the files of the account's home should belong to: any of its groups will do.
    var ownershipGoal: OwnershipGoal {
        OwnershipGoal(
            user: user.rawValue, group: group.rawValue, acceptedGroups: Set(supplementaryGroups.map(\.rawValue)))
    }
}
