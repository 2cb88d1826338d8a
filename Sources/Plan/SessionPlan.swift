import Seccomp

/// What surrounds the command besides its mounts.
package struct SessionPlan: Hashable, Sendable {
    package var seccomp = SeccompPlan.standard
    /// Whether the command may make user namespaces, and in them the others, and mounts.
    package var allowsNamespaces = false
    /// Whether the command leads a session of its own, setsid(2), without the terminal.
    package var isNewSession = false
    package var network = NetworkMode.host
    /// Where the command starts, by its path inside; nil: where berth was started, if the session has that.
    package var workingDirectory: String?
    /// The numbers of descriptors that the command gets beside 0 to 2, ascending.
    package var preservedDescriptors: [Int32] = []
    package var environment = EnvironmentPlan()
    package var limits: [Limit] = []
    package var labels = SecurityLabels()
    package var user = InsideUser(name: "root", home: "/root", shell: "/bin/sh", isKnown: true)
    package var group = InsideGroup(name: "root", isKnown: true)

    package init() {}
}

/// What is asked of it; each wish is nil until the command line or the configuration file utters it.
package struct SessionWishes: Hashable, Sendable {
    package var seccomp: SeccompWish?
    package var allowsNamespaces: Bool?
    package var newSession: Bool?
    package var network: NetworkMode?
    package var preservedDescriptors: [Int32]?
    package var workingDirectory: String?
    package var clearsEnvironment: Bool?
    package var environment: [EnvironmentChange]?
    package var environmentFiles: [String]?
    package var limits: [Limit]?
    package var labels = SecurityLabels()

    package init() {}

    /// These wishes, and those of `other` where there are none here. A list is one wish.
    func completed(from other: SessionWishes) -> SessionWishes {
        var all = self
        all.seccomp = seccomp ?? other.seccomp
        all.allowsNamespaces = allowsNamespaces ?? other.allowsNamespaces
        all.newSession = newSession ?? other.newSession
        all.network = network ?? other.network
        all.workingDirectory = workingDirectory ?? other.workingDirectory
        all.preservedDescriptors = preservedDescriptors ?? other.preservedDescriptors
        all.clearsEnvironment = clearsEnvironment ?? other.clearsEnvironment
        all.environment = environment ?? other.environment
        all.labels.appArmor = labels.appArmor ?? other.labels.appArmor
        all.labels.seLinux = labels.seLinux ?? other.labels.seLinux
        all.limits = limits ?? other.limits
        all.environmentFiles = environmentFiles ?? other.environmentFiles
        return all
    }
}

extension SessionPlan {
    /// What stands behind the filter of every session.
    package var profiles: [FilterProfile] { seccomp.profiles(allowingNamespaces: allowsNamespaces) }

    /// Decides it, or refuses.
    init(
        resolving wishes: SessionWishes, for identity: Identity, home: String?, in surroundings: Surroundings
    ) throws(Refusal) {
        seccomp = try SeccompPlan(resolving: wishes.seccomp ?? .standard, in: surroundings)
        allowsNamespaces = wishes.allowsNamespaces ?? false
        if allowsNamespaces && identity.insideUser.rawValue == 0 {
            throw Refusal(
                "--allow-userns for a user who is 0 inside",
                hint:
                    "without CAP_SETFCAP the kernel lets nobody map uid 0 again, user_namespaces(7): give --uid as well, "
                    + "such as --uid \(identity.account.user.rawValue)")
        }
        isNewSession = wishes.newSession ?? false
        network = wishes.network ?? .host
        workingDirectory = wishes.workingDirectory
        preservedDescriptors = Set(wishes.preservedDescriptors ?? []).filter { $0 > 2 }.sorted()
        limits = wishes.limits ?? []
        labels = wishes.labels
        environment = try EnvironmentPlan(wishes, in: surroundings)
        user = try InsideUser(of: identity, home: home, in: surroundings.accounts)
        group = try InsideGroup(of: identity, in: surroundings.accounts)
    }
}
