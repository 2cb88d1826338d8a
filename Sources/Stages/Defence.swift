import Linux

/// What stands between berth's processes, or a session, and what they must not do. In builds for tests each can be left
/// out, alone or with others, to show that the attacks notice: BERTH_TEST_WITHOUT=server-seccomp,read-only-source. A
/// release build has all of them, always.
enum Defence: String, CaseIterable {
    /// The file servers' and workers' own.
    case serverSeccomp = "server-seccomp"
    case serverLandlock = "server-landlock"
    case serverRoot = "server-root"
    /// The detached, read-only copy of a shared source.
    case readOnlySource = "read-only-source"
    /// The session's own.
    case seccomp
    case capabilities
    case userNamespaceLimit = "user-namespace-limit"
    case dumpable

    var isUp: Bool {
        #if DEBUG
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
