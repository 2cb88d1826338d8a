/// What surrounds the command besides its mounts.
package struct SessionPlan: Hashable, Sendable {
    package var seccomp: SeccompPlan

    package init(seccomp: SeccompPlan = .standard) { self.seccomp = seccomp }
}

/// What is asked of it; each wish is nil until the command line or the configuration file utters it.
package struct SessionWishes: Hashable, Sendable {
    package var seccomp: SeccompWish?

    package init() {}

    /// These wishes, and those of `other` where there are none here.
    func completed(from other: SessionWishes) -> SessionWishes {
        var all = self
        all.seccomp = seccomp ?? other.seccomp
        return all
    }
}

extension SessionPlan {
    /// Decides it, or refuses.
    init(resolving wishes: SessionWishes, in surroundings: Surroundings) throws(Refusal) {
        self.init(seccomp: try SeccompPlan(resolving: wishes.seccomp ?? .standard, in: surroundings))
    }
}
