import Glibc
import Linux
import Plan

/// The first stage: the sources are held, the owner worker waits outside, nothing has been changed.
struct Started: ~Copyable {
    let plan: RunPlan
    private let sources: HeldSources
    private let targets: [TargetPlace]
    private let worker: OwnerWorker?
    private let start: StartingPlace

    /// `interval` is how often the owner worker reports progress, in milliseconds.
    static func begin(
        _ plan: RunPlan, reportEvery interval: Int?, _ report: (Event) -> Void
    ) throws(RunFailure) -> Started {
        try refuseLimitsAboveOwn(plan.session.limits)
        try refuseAbsentModules(plan.session.labels)
        let sources = try HeldSources.open(plan)
        try refuseDescriptors(plan, sources)
        let targets = try TargetPlace.find(plan)
        let start = try StartingPlace.find(plan, sources, targets)
        let worker = try OwnerWorker.startIfNeeded(plan, sources, reportEvery: interval)
        // The server of the home inherits the working directory: a home that the account may not search yet can be
        // entered only now, with the powers berth was started with.
        if let home = plan.homeIndex { try explained { () throws(SystemError) in try sources[home].enter() } }
        let namespaces = try plan.told { () throws(RunFailure) in [try outsideNamespaces()] }
        report(.stage(.started, facts: facts(plan, sources, worker: worker) + namespaces))
        return Started(
            plan: plan, sources: sources, targets: targets, worker: worker, start: start)
    }

    /// Gives up everything but the account, and makes the namespace in which the account's id is the session's.
    consuming func map(_ report: (Event) -> Void) throws(RunFailure) -> Mapped {
        try becomeAccount(plan.identity)
        try sources.checkReadable(asFarAs: plan)
        var plan = plan
        plan.session.environment.fileChanges = try readEnvironmentFiles(plan)
        try explained { () throws(SystemError) in
            // Without this, /proc/self belongs to root for a process that changed its ids, and no map can be written.
            try ProcessControl.setDumpable(true)
            try unshare([.user])
        }
        try writeMaps(plan.identity)
        report(.stage(.mapped, facts: try plan.told(mapFacts)))
        return Mapped(
            plan: plan, sources: sources, targets: targets, worker: worker, start: start)
    }

    private static func facts(_ plan: RunPlan, _ sources: borrowing HeldSources, worker: borrowing OwnerWorker?)
        -> [Fact]
    {
        let held = zip(plan.mounts, sources.places).map { mount, place in
            FactValue.record([
                Fact("source", .text(mount.source)), Fact("path", .text(place.path)),
                Fact("user", .number(Int64(place.user))), Fact("group", .number(Int64(place.group))),
            ])
        }
        let process: FactValue
        switch worker {
        case .some(let worker): process = .number(Int64(worker.process.rawValue))
        case nil: process = .flag(false)
        }
        return [Fact("sources", .list(held)), Fact("owner_worker", process)]
    }
}

/// One id each way; setgroups(2) is refused before gid_map is written, or negative group rights would be lost.
func writeMaps(_ identity: Identity) throws(RunFailure) {
    try explained { () throws(SystemError) in
        try writeSetting("/proc/self/setgroups", "deny")
        try writeSetting("/proc/self/uid_map", "\(identity.insideUser.rawValue) \(identity.account.user.rawValue) 1\n")
        try writeSetting(
            "/proc/self/gid_map", "\(identity.insideGroup.rawValue) \(identity.account.group.rawValue) 1\n")
    }
}

private func mapFacts() throws(RunFailure) -> [Fact] {
    try explained { () throws(SystemError) in
        let files = ["uid_map", "gid_map", "setgroups"]
        var facts: [Fact] = []
        for file in files {
            let words = try readText("/proc/self/\(file)").split(whereSeparator: \.isWhitespace)
            facts.append(Fact(file, .text(words.joined(separator: " "))))
        }
        return facts
    }
}

extension RunPlan {
    var homeIndex: Int? { mounts.firstIndex { $0.kind == .home } }
}
