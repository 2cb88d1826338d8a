import CLinux
import Glibc

/// The kinds of namespaces(7) that unshare(2) makes.
package struct NamespaceKinds: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let user = NamespaceKinds(rawValue: CLONE_NEWUSER)
    package static let mount = NamespaceKinds(rawValue: CLONE_NEWNS)
}

/// unshare(2). A user namespace needs a process of one thread.
package func unshare(_ kinds: NamespaceKinds) throws(SystemError) {
    try attempt("unshare") { Glibc.unshare(kinds.rawValue) }
}
