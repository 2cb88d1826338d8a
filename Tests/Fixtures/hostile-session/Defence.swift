/// What refuses an attempt. Each that a build for tests can leave out has the word by which that is done in
/// BERTH_TEST_WITHOUT, or the option of berth's that does without it; the others are in brackets: no build does
/// without them, and all but the last are the kernel's own.
enum Defence: String, Sendable {
    case capabilities
    case seccomp
    case noNewPrivileges = "no-new-privs"
    case userNamespaceLimit = "user-namespace-limit"
    case descriptors
    case dumpable
    case processNamespace = "pid-namespace"
    case readOnlyMount = "read-only-mount"
    case readOnlyAnswers = "read-only-answers"
    case readOnlySource = "read-only-source"
    case serverLandlock = "server-landlock"
    case serverSeccomp = "server-seccomp"
    case serverRoot = "server-root"
    case sourceCover = "source-cover"
    case sourceBinding = "source-binding"
    case networkNamespace = "network-namespace"

    /// A capability is asked for in a namespace around the session's, or an id that the session's does not know.
    case userNamespace = "(user namespace)"
    /// From the session's root no path leads there, or what it leads to is another mount.
    case mountNamespace = "(mount namespace)"
    /// The account has no right to it.
    case account = "(account)"
    /// Locked in a namespace that was made from the session's, mount_namespaces(7).
    case lockedMount = "(locked mount)"
    /// Nobody may do it.
    case kernel = "(kernel)"
    /// A file server holds a bounded number of directories, and gives them up where descriptors run short.
    case boundedCache = "(bounded cache)"
}

extension [Defence] {
    /// Of calls that change what is mounted, or make a namespace: each needs a capability.
    static let mounting: [Defence] = [.seccomp, .capabilities]
    /// Of a new user namespace, which needs none.
    static let userNamespaces: [Defence] = [.seccomp, .userNamespaceLimit]
    /// Of every change of a shared tree through its mount. Landlock does not look at attributes.
    static let attributes: [Defence] = [.readOnlyMount, .readOnlyAnswers, .serverSeccomp, .readOnlySource]
    static let data: [Defence] = attributes + [.serverLandlock]
    /// Of a source by the path it has outside.
    static let source: [Defence] = [.sourceCover, .sourceBinding]
}
