import Linux
import Plan
import SessionFilters

/// The fourth stage: the home is the account's, as far as was asked for. berth still has every capability of its namespace.
struct Owned: ~Copyable {
    let plan: RunPlan
    private let servers: FileServers
    private let home: Descriptor?
    private var group: ControlGroup?
    private let readOnlyPaths: [String]
    private let start: StartingPlace

    init(
        plan: RunPlan, servers: consuming FileServers, home: consuming Descriptor?,
        group: consuming ControlGroup?, readOnlyPaths: [String], start: consuming StartingPlace
    ) {
        self.plan = plan
        self.servers = servers
        self.home = home
        self.group = group
        self.readOnlyPaths = readOnlyPaths
        self.start = start
    }

    /// Gives up everything, reads back that it is gone, and has the session's own credentials try to write.
    consuming func drop(_ report: (Event) -> Void) throws(RunFailure) -> Dropped {
        // Put together before anything is given up: a profile that the library refuses ends the run here.
        let filters = try ProfileFilters(plan.session)
        let allowed = plan.session.allowsNamespaces
        var found: [Fact] = []
        found.append(try enterNetwork(plan.session.network))
        let namespace = try beginNamespace(plan.processNamespace, &found)
        let limited = try allowed || !Defence.userNamespaceLimit.isUp ? false : forbidNestedNamespaces()
        try explained { () throws(SystemError) in
            try Defence.noNewPrivileges.raise(ProcessControl.setNoNewPrivileges)
            try Defence.capabilities.raise(Capabilities.dropAll)
            try Defence.dumpable.raise { () throws(SystemError) in try ProcessControl.setDumpable(false) }
            try Defence.seccomp.raise { () throws(SystemError) in
                try SessionFilters.refusal(allowingNamespaces: allowed).load()
            }
        }
        let facts = try readBackDrop()
        let kept = plan.sharedTargets + readOnlyPaths
        let proof = Defence.proof.isUp ? try proveReadOnly(kept, allowed ? .lockedInThem : .refused) : []
        let limit = Fact("max_user_namespaces_zero", .flag(limited))
        let told = plan.told { [filters.fact(of: plan.session)] }
        var ours = servers.processes
        switch namespace {
        case .some(let namespace):
            try namespace.waitUntilSettled()
            ours.append(namespace.process)
        case nil: break
        }
        let limits = Fact("control_group", .record(try makeGroup(besides: ours)))
        report(.stage(.dropped, facts: facts + [limit] + told + [limits] + found + [Fact("proof", .list(proof))]))
        return Dropped(
            plan: plan, servers: servers, namespace: namespace, home: home, group: group, filters: filters,
            start: start)
    }

    /// Last, so that a failure before it leaves nothing behind.
    private mutating func makeGroup(besides ours: [ProcessID]) throws(RunFailure) -> [Fact] {
        guard group != nil else { return [] }
        do { return try group!.make(besides: ours) } catch {
            try group!.remove()
            throw error
        }
    }
}

/// The pid namespace, as the plan wants it; adds what became of it to the facts.
private func beginNamespace(
    _ mode: ProcessNamespaceMode, _ facts: inout [Fact]
) throws(RunFailure) -> ProcessNamespace? {
    if mode == .off {
        facts.append(Fact("pid_namespace", .flag(false)))
        return nil
    }
    let namespace: ProcessNamespace
    do throws(RunFailure) { namespace = try ProcessNamespace.begin() } catch {
        if mode == .require {
            throw RunFailure(
                "no pid namespace for the session: \(error.message)",
                hint: (error.hint.map { "\($0); " } ?? "") + "--pid-namespace auto does without")
        }
        facts += [Fact("pid_namespace", .flag(false)), Fact("pid_namespace_refused", .text(error.message))]
        return nil
    }
    try namespace.settle()
    facts.append(Fact("pid_namespace", .flag(true)))
    return namespace
}

/// Writes 0 to user.max_user_namespaces of our namespace; false where /proc/sys is read-only, as in most containers:
/// there the seccomp filter stands alone.
private func forbidNestedNamespaces() throws(RunFailure) -> Bool {
    let path = "/proc/sys/user/max_user_namespaces"
    do { try writeSetting(path, "0") } catch { return false }
    return try explained { () throws(SystemError) in try readText(path) } == "0\n"
}

private func readBackDrop() throws(RunFailure) -> [Fact] {
    let state = try explained { () throws(SystemError) in try CapabilityState.current() }
    let filtered = try explained { () throws(SystemError) in try ProcessControl.seccompMode() } == 2
    let dumpable = try explained { () throws(SystemError) in try ProcessControl.isDumpable() }
    let sets: [(String, CapabilitySet)] = [
        ("effective", state.effective), ("permitted", state.permitted), ("inheritable", state.inheritable),
        ("bounding", state.bounding), ("ambient", state.ambient),
    ]
    for (name, set) in sets where !set.isEmpty && Defence.capabilities.isUp {
        throw RunFailure("the \(name) set still holds \(set.names.joined(separator: ", "))")
    }
    guard state.secureBits == Capabilities.lockedSecureBits || !Defence.capabilities.isUp else {
        throw RunFailure("the securebits are not locked")
    }
    guard state.noNewPrivileges || !Defence.noNewPrivileges.isUp else { throw RunFailure("no_new_privs is not set") }
    guard filtered || !Defence.seccomp.isUp else { throw RunFailure("the seccomp filter is not in force") }
    guard !dumpable || !Defence.dumpable.isUp else {
        throw RunFailure("berth's memory can be read by others of its account")
    }
    return sets.map { Fact($0.0, .list($0.1.names.map { .text($0) })) } + [
        Fact("securebits", .number(Int64(state.secureBits))), Fact("no_new_privs", .flag(state.noNewPrivileges)),
        Fact("seccomp", .number(2)), Fact("supervisor_dumpable", .flag(dumpable)),
    ]
}

extension RunPlan {
    fileprivate var sharedTargets: [String] { mounts.filter { $0.kind == .shared }.map(\.target) }
}
