import Glibc
import Linux
import Plan

/// The last stage: no capability is left anywhere. All that remains is to start the session and to wait for it.
struct Dropped: ~Copyable {
    private let plan: RunPlan
    private let servers: FileServers
    private let namespace: ProcessNamespace?
    /// The home's root, by which what the session wrote is flushed.
    private let home: Descriptor?
    private let group: ControlGroup?
    /// The session's profile, which does not bind berth itself.
    private let filters: ProfileFilters
    private let start: StartingPlace

    init(
        plan: RunPlan, servers: consuming FileServers, namespace: consuming ProcessNamespace?,
        home: consuming Descriptor?, group: consuming ControlGroup?, filters: ProfileFilters,
        start: consuming StartingPlace
    ) {
        self.plan = plan
        self.servers = servers
        self.namespace = namespace
        self.home = home
        self.group = group
        self.filters = filters
        self.start = start
    }

    /// Runs the command, and answers what berth should exit with once everything has been put away.
    consuming func run(_ command: [String], _ report: (Event) -> Void) throws(RunFailure) -> Int32 {
        let status: Int32
        do { status = try supervise(command, report) } catch {
            removeGroup(report)
            throw error
        }
        removeGroup(report)
        return status
    }

    /// What is left behind is empty and holds nobody: no reason to call the session failed.
    private borrowing func removeGroup(_ report: (Event) -> Void) {
        switch group {
        case .some(let group):
            do { try group.remove() } catch {
                report(.warning("the session's cgroup is left behind: \(error.message)"))
            }
        case nil: break
        }
    }

    private borrowing func supervise(_ command: [String], _ report: (Event) -> Void) throws(RunFailure) -> Int32 {
        // Blocked from here on: signals are waited for, one at a time, and none is lost between two of them.
        let inherited = try explained { () throws(SystemError) in
            try ProcessControl.becomeSubreaper()
            return try Supervisor.awaited.block()
        }
        let (session, proof) = try startSession(command, mask: inherited)
        report(.proof(process: session.rawValue, facts: proof))
        report(.sessionStarted(process: session.rawValue))
        var supervisor = Supervisor(
            session: session, servers: servers.processes, readers: servers.readers(of: plan),
            hasTerminal: !plan.session.isNewSession)
        let ended = try supervisor.waitForSession(report)
        try endRemaining(&supervisor, report)
        try supervisor.dismissReaders()
        let flushed = try flush()
        try supervisor.endServers()
        report(.sessionEnded(status: ended.shellStatus, signal: ended.signal))
        if let flushed { throw flushed }
        return ended.shellStatus
    }

    private func endRemaining(_ supervisor: inout Supervisor, _ report: (Event) -> Void) throws(RunFailure) {
        switch namespace {
        case .some(let namespace): try namespace.endRemaining()
        case nil: try supervisor.endRemaining(report)
        }
    }

    private func startSession(_ command: [String], mask: SignalSet) throws(RunFailure) -> (ProcessID, [Fact]) {
        let launch = SessionLaunch(
            command: command, session: plan.session, isFollowed: plan.isFollowed, homeTarget: plan.home?.target,
            start: start.candidates, signalMask: mask)
        return try launch.start(filters, group)
    }

    /// Waits until the home's dirty pages have reached the source; answers what went wrong with it.
    ///
    /// A copy of this process waits, so that a source that hangs cannot keep berth for ever.
    private func flush() throws(RunFailure) -> RunFailure? {
        let home: FileReference
        switch self.home {
        case .some(let root): home = root.file
        case nil: return nil
        }
        try signalServers(SIGCONT)
        let child = try Child.start("flush of the home") { (channel) throws(RunFailure) in
            try explained(on: "the home") { () throws(SystemError) in
                try home.synchronize()
                try channel.send(ChildReport.done([]).encoded())
            }
        }
        do throws(RunFailure) {
            _ = try child.report(within: 300_000)
            return nil
        } catch {
            return RunFailure("what the session wrote may be lost: \(error.message)", hint: error.hint)
        }
    }

    /// A session may have stopped the servers, which run as its own account.
    private func signalServers(_ signal: Int32) throws(RunFailure) {
        for process in servers.processes {
            do { try process.send(signal) } catch { continue }
        }
    }
}

extension ExitStatus {
    /// As shells have it: 128 and the signal's number where one ended the process.
    var shellStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .killed(let signal), .stopped(let signal): 128 + signal
        }
    }

    var signal: Int32? {
        if case .killed(let signal) = self { return signal }
        return nil
    }
}
