import Glibc
import Linux
import Plan

/// Waits for the session: passes signals on, reaps orphans, and leaves no process behind.
struct Supervisor {
    private let session: ProcessID
    private var servers: Set<ProcessID>
    /// Those of shared mounts, which never have anything to finish.
    private let readers: Set<ProcessID>
    /// Whether the session is in the foreground group of berth's terminal.
    private let hasTerminal: Bool

    init(session: ProcessID, servers: [ProcessID], readers: [ProcessID], hasTerminal: Bool) {
        self.session = session
        self.readers = Set(readers)
        self.hasTerminal = hasTerminal
        self.servers = Set(servers)
    }

    /// What is passed on to the session, and news of children. Nothing else is blocked.
    static let awaited = SignalSet(forwarded + [SIGCHLD])

    private static let forwarded = [
        SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU,
    ]

    /// How long the session's remaining processes have between SIGTERM and SIGKILL, and to be gone after that.
    static let grace = 2_000
    private static let patience = 10_000

    /// Returns when the command has ended; its remaining processes may still run.
    mutating func waitForSession(_ report: (Event) -> Void) throws(RunFailure) -> ExitStatus {
        while true {
            let signal = try explained { () throws(SystemError) in try Self.awaited.wait() }
            if let signal, signal.number != SIGCHLD { try passOn(signal) }
            if let ended = try collect(report) { return ended }
        }
    }

    /// A key at the terminal reaches the whole foreground group, the session included: only others' signals are passed on.
    /// A session without the terminal gets those of the keys from here.
    private func passOn(_ signal: ArrivedSignal) throws(RunFailure) {
        if signal.fromKernel && hasTerminal { return }
        try self.signal(session, signal.number)
    }

    /// Reaps every child that has ended; the session's status once it is among them.
    private mutating func collect(_ report: (Event) -> Void) throws(RunFailure) -> ExitStatus? {
        var ended: ExitStatus?
        while let (process, status) = try explained({ () throws(SystemError) in try ProcessID.collect() }) {
            switch status {
            case .stopped:
                if process == session { try stopAsWell() }
            case .exited, .killed:
                if process == session { ended = status }
                if servers.remove(process) != nil {
                    report(.warning("a file server ended while the session runs: what it showed is gone"))
                }
            }
        }
        return ended
    }

    /// The session was stopped, by Ctrl-Z perhaps: berth stops too, so that the shell that started it comes forward.
    private func stopAsWell() throws(RunFailure) {
        try explained { () throws(SystemError) in try ProcessID.current.send(SIGSTOP) }
        // Continued: so must the session be.
        try signal(session, SIGCONT)
    }

    /// Ends what the session left running, politely first.
    mutating func endRemaining(_ report: (Event) -> Void) throws(RunFailure) {
        let began = monotonicMilliseconds()
        var asked: Set<ProcessID> = []
        while case let remaining = try remainingProcesses(), !remaining.isEmpty {
            let waited = monotonicMilliseconds() - began
            if waited > Self.patience {
                throw RunFailure("\(remaining.count) processes of the session cannot be ended")
            }
            // SIGKILL goes out again and again: a process may fork as it dies.
            for process in remaining where waited >= Self.grace || asked.insert(process).inserted {
                try signal(process, waited >= Self.grace ? SIGKILL : SIGTERM)
            }
            _ = try explained { () throws(SystemError) in try SignalSet([SIGCHLD]).wait(within: 50) }
            _ = try collect(report)
        }
    }

    private func signal(_ process: ProcessID, _ number: Int32) throws(RunFailure) {
        do {
            try process.send(number)
            if number == SIGTERM { try process.send(SIGCONT) }
        } catch {
            if error.reason != Errno(ESRCH) { throw RunFailure(error) }
        }
    }

    private func remainingProcesses() throws(RunFailure) -> [ProcessID] {
        try explained { () throws(SystemError) in try ProcessID.children() }.filter { !servers.contains($0) }
    }

    /// Ends the servers of shared mounts at once; nobody waits for them yet.
    func dismissReaders() throws(RunFailure) {
        for server in servers.intersection(readers) { try signal(server, SIGKILL) }
    }

    /// Ends the file servers: nobody uses their mounts any more, which go with the namespace.
    mutating func endServers() throws(RunFailure) {
        let began = monotonicMilliseconds()
        for server in servers.subtracting(readers) { try signal(server, SIGTERM) }
        while !servers.isEmpty {
            let waited = monotonicMilliseconds() - began
            if waited > 2 * Self.patience {
                throw RunFailure("\(servers.count) file servers cannot be ended: the source does not answer")
            }
            if waited >= Self.patience {
                for server in servers { try signal(server, SIGKILL) }
            }
            _ = try explained { () throws(SystemError) in try SignalSet([SIGCHLD]).wait(within: 50) }
            try collectServers()
        }
    }

    private mutating func collectServers() throws(RunFailure) {
        while let (process, _) = try explained({ () throws(SystemError) in try ProcessID.collect() }) {
            servers.remove(process)
        }
    }
}
