import CLinux
import Glibc

/// The kinds of namespaces(7) that unshare(2) makes.
package struct NamespaceKinds: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let user = NamespaceKinds(rawValue: CLONE_NEWUSER)
    package static let mount = NamespaceKinds(rawValue: CLONE_NEWNS)
    package static let process = NamespaceKinds(rawValue: CLONE_NEWPID)
}

/// unshare(2). A user namespace needs a process of one thread.
package func unshare(_ kinds: NamespaceKinds) throws(SystemError) {
    try attempt("unshare", on: kinds == .mount ? "mount namespace" : nil) { Glibc.unshare(kinds.rawValue) }
}

extension ProcessID {
    /// pidfd_open(2) and setns(2): later children of the calling process are made in this process's pid namespace, which
    /// must lie within the caller's. Needs CAP_SYS_ADMIN in both.
    package func lendNamespaceToChildren() throws(SystemError) {
        let process = Descriptor(owning: try attempt("pidfd_open", on: "\(rawValue)") { pidfd_open(rawValue, 0) })
        try attempt("setns", on: "pid namespace of \(rawValue)") { setns(process.number, CLONE_NEWPID) }
    }

    /// kill(2) of -1: every process of the calling one's pid namespace but its first, and but itself; false where there is
    /// none. With signal 0 it only looks.
    package static func signalAll(_ signal: Int32) throws(SystemError) -> Bool {
        do { try attempt("kill", on: "-1") { kill(-1, signal) } } catch {
            if error.reason == Errno(ESRCH) { return false }
            throw error
        }
        return true
    }
}
