import Linux

/// What stands between berth's processes, or a session, and what they must not do. In builds for tests each can be left
/// out, alone or with others, to show that the attacks notice: BERTH_TEST_WITHOUT=server-seccomp,read-only-source. A
/// release build has all of them, always.
enum Defence: String, CaseIterable {
    /// The file servers' own; Landlock is the owner worker's as well.
    case serverSeccomp = "server-seccomp"
    case serverLandlock = "server-landlock"
    case serverRoot = "server-root"
    /// The owner worker's: its empty root, that it opens files only beneath its trees, and its filters.
    case workerRoot = "worker-root"
    case workerOpens = "worker-opens"
    case workerSeccomp = "worker-seccomp"
    /// What keeps a shared source read-only: the flag of its mount, its server's answers, the detached copy of it, and the
    /// filter and Landlock of its server.
    case readOnlyMount = "read-only-mount"
    case readOnlyAnswers = "read-only-answers"
    case readOnlySource = "read-only-source"
    /// What lies over a source at its own path, and the read-only binding of one that stays visible.
    case sourceCover = "source-cover"
    case sourceBinding = "source-binding"
    /// The session's own.
    case seccomp
    case capabilities
    case noNewPrivileges = "no-new-privs"
    case userNamespaceLimit = "user-namespace-limit"
    case descriptors
    /// Of berth's processes.
    case dumpable
    /// What is tried with the session's credentials before the command starts.
    case proof

    var isUp: Bool {
        #if DEBUG
            // seccomp(2) takes no filter from a process without no_new_privs.
            if self == .seccomp && !Defence.noNewPrivileges.isUp { return false }
            guard let off = environmentBytes("BERTH_TEST_WITHOUT") else { return true }
            return !off.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(rawValue.utf8) }
        #else
            true
        #endif
    }

    /// Puts it up.
    func raise(_ step: () throws(SystemError) -> Void) throws(SystemError) {
        if isUp { try step() }
    }
}
