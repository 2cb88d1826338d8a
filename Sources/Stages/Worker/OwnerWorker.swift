import Glibc
import Linux
import Ownership
import Plan

/// The process that fixes the home's ownership, seen from berth: forked outside, before there is a namespace.
struct OwnerWorker: ~Copyable {
    private let child: Child
    private let reason: OwnershipWalk

    var process: ProcessID { child.process }

    /// Forks it where there is something to walk; it waits, and works only once everything else has gone well.
    ///
    /// `interval` is how often it reports progress, in milliseconds; nil: never.
    static func startIfNeeded(
        _ plan: RunPlan, _ sources: borrowing HeldSources, reportEvery interval: Int?
    ) throws(RunFailure) -> OwnerWorker? {
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
        let task = WorkerTask(
            home: home, mode: plan.ownership.mode, goal: plan.identity.account.ownershipGoal, interval: interval)
        let place = sources.places[index]
        let reason = OwnershipWalk(
            home: plan.mounts[index].source, mode: task.mode, user: place.user, group: place.group,
            account: plan.identity.account)
        return OwnerWorker(child: try start(task, by: plan.ownership.power), reason: reason)
    }

    private static func start(_ task: WorkerTask, by power: OwnerPower) throws(RunFailure) -> Child {
        switch power {
        case .callersCapabilities: return try start(task, keeping: ownerCapabilities)
        case .none: return try start(task, keeping: [])
        case .subordinateRanges(let users, let groups):
            var task = task
            if !task.goal.acceptedGroups.isEmpty { task.goal.acceptedGroups.insert(unmappedGroup) }
            return try startInRanges(users, groups, user: task.goal.user, group: task.goal.group) {
                (channel) throws(RunFailure) in
                try task.carryOut(keeping: ownerCapabilities, channel)
            }
        }
    }

    private static func start(_ task: WorkerTask, keeping kept: CapabilitySet) throws(RunFailure) -> Child {
        try Child.start("owner worker") { (channel) throws(RunFailure) in
            try task.carryOut(keeping: kept, channel)
        }
    }

    /// Lets it walk, and waits until it has ended: what it held while it worked, and what it did.
    consuming func work(
        _ report: (Event) -> Void
    ) throws(RunFailure) -> (holdings: WorkerHoldings, report: WalkReport) {
        try child.proceed()
        let held = try child.report(within: 30_000)
        report(.owning(reason))
        let payload = try child.report { message throws(RunFailure) in report(.progress(try progress(message))) }
        _ = try explained { () throws(SystemError) in try child.process.wait() }
        guard let holdings = WorkerHoldings(decoding: held) else { throw child.unintelligible }
        return (holdings, try explained { () throws(SystemError) in try WalkReport(decoding: payload) })
    }

    private func progress(_ message: [UInt8]) throws(RunFailure) -> OwnershipProgress {
        guard var far = OwnershipProgress(decoding: message) else { throw child.unintelligible }
        far.directory = far.directory.map { join(Array(reason.home.utf8), $0) }
        return far
    }
}

extension Account {
    /// What the files of the account's home should belong to: any of its groups will do.
    var ownershipGoal: OwnershipGoal {
        OwnershipGoal(
            user: user.rawValue, group: group.rawValue, acceptedGroups: Set(supplementaryGroups.map(\.rawValue)))
    }
}
