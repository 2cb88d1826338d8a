import Glibc
import Linux
import Plan

/// The second stage: a user namespace of our own, in which the account is the inside id. Nothing is mounted yet.
struct Mapped: ~Copyable {
    let plan: RunPlan
    private let sources: HeldSources
    private let targets: [TargetPlace]
    private let worker: OwnerWorker?
    private let start: StartingPlace

    init(
        plan: RunPlan, sources: consuming HeldSources, targets: [TargetPlace], worker: consuming OwnerWorker?,
        start: consuming StartingPlace
    ) {
        self.plan = plan
        self.sources = sources
        self.targets = targets
        self.worker = worker
        self.start = start
    }

    /// Makes the mounts, outer ones first, each in the hands of its file server before the next is looked at.
    ///
    /// The servers are forked in the mount namespace that the sources were opened in, since only there can they be
    /// cloned; then berth takes a namespace of its own, in which nothing it mounts is seen from outside.
    consuming func mount(_ report: (Event) -> Void) throws(RunFailure) -> Mounted {
        let group = try ControlGroup.find(plan.session.limits)
        var servers = FileServers()
        for (index, mount) in plan.mounts.enumerated() {
            let task = ServerTask(mount, sources.places[index])
            servers.append(try FileServer.start(task, source: sources[index], device: try FileServer.openDevice()))
        }
        try explained { () throws(SystemError) in
            try unshare([.mount])
            try makeSlave("/")
            try FileReference.workingDirectory.open("/", [.pathOnly, .directory]).enter()
        }
        let hidden = try hideSources(plan, sources, targets)
        let groups = group == nil ? [] : try holdControlGroupsReadOnly()
        let accountFiles = try showAccountFiles(plan, report)
        try servers.mountAll(plan, targets)
        let entries = Fact("account_files", .list(accountFiles.map { .text($0) }))
        report(.stage(.mounted, facts: try mountFacts(servers) + hidden.facts + [entries]))
        return Mounted(
            plan: plan, servers: servers, worker: worker, group: group,
            readOnlyPaths: hidden.heldReadOnly + groups + accountFiles,
            start: start)
    }

    private func mountFacts(_ servers: borrowing FileServers) throws(RunFailure) -> [Fact] {
        var ids: [Int] = []
        for index in plan.mounts.indices {
            ids.append(try explained { () throws(SystemError) in try servers.root(index).mountID() })
        }
        let table = ids.isEmpty ? [] : try explained { () throws(SystemError) in try mountTable(of: Set(ids)) }
        var rows: [FactValue] = []
        for (index, mount) in plan.mounts.enumerated() {
            guard let entry = table.first(where: { $0.id == ids[index] }) else {
                throw RunFailure("mount '\(mount.target)' is not in /proc/self/mountinfo")
            }
            try verify(entry, mount, at: targets[index].path)
            rows.append(
                .record([
                    Fact("kind", .text(mount.kind.rawValue)), Fact("target", .text(entry.mountPoint)),
                    Fact("type", .text(entry.type)), Fact("options", .list(entry.options.map { .text($0) })),
                    Fact("file_server", .number(Int64(servers.process(index).rawValue))),
                ]))
        }
        return [Fact("mounts", .list(rows))]
    }

    /// What was asked of the kernel must be what the kernel says.
    private func verify(_ entry: MountEntry, _ mount: MountPlan, at path: String) throws(RunFailure) {
        if entry.mountPoint != path {
            throw RunFailure(
                "mount '\(mount.target)' went to '\(entry.mountPoint)': somebody moved its target meanwhile")
        }
        let wanted = ["nosuid", "nodev"] + (mount.kind == .shared ? ["ro"] : ["rw"])
        for option in wanted where !entry.options.contains(option) && Defence.proof.isUp {
            throw RunFailure("mount '\(mount.target)' lacks the option \(option)")
        }
    }
}
