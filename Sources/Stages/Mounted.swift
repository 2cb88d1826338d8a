import Linux
import Ownership
import Plan

/// The third stage: everything is mounted and answers. The home's ownership has not been touched.
struct Mounted: ~Copyable {
    let plan: RunPlan
    private let servers: FileServers
    private let worker: OwnerWorker?
    private let group: ControlGroup?
    private let readOnlyPaths: [String]
    private let start: StartingPlace

    init(
        plan: RunPlan, servers: consuming FileServers, worker: consuming OwnerWorker?,
        group: consuming ControlGroup?, readOnlyPaths: [String], start: consuming StartingPlace
    ) {
        self.plan = plan
        self.servers = servers
        self.worker = worker
        self.group = group
        self.readOnlyPaths = readOnlyPaths
        self.start = start
    }

    /// Has the owner worker do its work; whatever it could not put right ends the run.
    consuming func own(_ report: (Event) -> Void) throws(RunFailure) -> Owned {
        let plan = plan
        if let worker = worker {
            let (holdings, outcome) = try worker.work(report)
            try refuseIncomplete(outcome, plan)
            report(.stage(.owned, facts: ownershipFacts(outcome, holdings)))
        } else {
            report(.stage(.owned, facts: [Fact("walked", .flag(false))]))
        }
        let home = try openHome(servers, plan)
        return Owned(
            plan: plan, servers: servers, home: home, group: group, readOnlyPaths: readOnlyPaths,
            start: start)
    }
}

/// The home as the session will see it, opened through its file server: this proves that the account can read it.
private func openHome(_ servers: borrowing FileServers, _ plan: RunPlan) throws(RunFailure) -> Descriptor? {
    guard let index = plan.homeIndex else { return nil }
    return try explained(
        on: plan.mounts[index].target, hint: "the home must be readable and searchable by the account"
    ) { () throws(SystemError) in try servers.root(index).open(".", [.directory]) }
}

private func ownershipFacts(_ report: WalkReport, _ holdings: WorkerHoldings) -> [Fact] {
    [
        Fact("walked", .flag(true)),
        Fact("owner_worker_capabilities", .list(holdings.capabilities.map { .text($0) })),
        Fact("owner_worker_confinement", .record(holdings.confinement.facts)),
        Fact("entries", .number(Int64(report.entries))),
        Fact("right", .number(Int64(report.right))),
        Fact("changed", .number(Int64(report.changed))),
        Fact("wrong", .number(Int64(report.wrong))),
        Fact("refused", .number(Int64(report.refused))),
    ]
}

/// An entry that is not the account's would be a surprise later, in the middle of the session: better none starts.
private func refuseIncomplete(_ report: WalkReport, _ plan: RunPlan) throws(RunFailure) {
    let account = plan.identity.account
    let owner = "\(account.user.rawValue):\(account.group.rawValue)"
    let home = plan.home?.source ?? ""
    if report.wrong > 0 {
        throw RunFailure(
            "\(report.wrong) of \(report.entries) entries of home '\(home)' do not belong to \(owner)",
            details: report.listed,
            hint: "--ownership always changes them, --ownership off starts without looking")
    }
    if report.refused == 0 && report.ending != .complete {
        throw RunFailure("the walk through home '\(home)' was ended after \(report.entries) entries")
    }
    if report.refused > 0 {
        throw RunFailure(
            "\(report.refused) of \(report.entries) entries of home '\(home)' could not be given to \(owner)",
            details: report.listed, hint: refusalHint(plan))
    }
}

private func refusalHint(_ plan: RunPlan) -> String {
    if plan.ownership.power == .none {
        return "berth was started without CAP_CHOWN and CAP_DAC_OVERRIDE, and the account has no subordinate ids"
    }
    let cure = "change or remove the entries that are listed, or start with --ownership off"
    let reach = "CAP_CHOWN of a user namespace reaches only files whose owner and group it maps"
    return plan.identity.starter == .namespaceRoot ? "\(reach); \(cure)" : cure
}
