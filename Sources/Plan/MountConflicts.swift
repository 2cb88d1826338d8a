/// Refuses mounts that cannot all keep their promise. By path; whoever opens the sources has to look again by identity.
///
/// `covered`: sources are not seen by their own paths.
func refuseConflicts(among mounts: [MountPlan], covered: Bool) throws(Refusal) {
    for (index, one) in mounts.enumerated() {
        try refuseTarget(of: one, insideSourcesOf: mounts, covered: covered)
        for other in mounts[(index + 1)...] {
            guard PathComponents(one.target) != PathComponents(other.target) else {
                throw Refusal("two mounts on one target: '\(one.source)' and '\(other.source)' on '\(one.target)'")
            }
            try refuseOverlap(one, other)
        }
    }
}

/// What is shared can be written by no path, so no part of it can be a home as well.
private func refuseOverlap(_ one: MountPlan, _ other: MountPlan) throws(Refusal) {
    guard one.kind != other.kind else { return }
    let (home, shared) = one.kind == .home ? (one, other) : (other, one)
    let homeSource = PathComponents(home.source)
    let sharedSource = PathComponents(shared.source)
    // Where `..` leads is for the kernel to say.
    guard !homeSource.climbs, !sharedSource.climbs else { return }
    let hint =
        "a shared source stays read-only by every path, a home is read-write: share a directory apart from the home"
    if sharedSource.contains(homeSource) {
        throw Refusal("home source '\(home.source)' lies in shared source '\(shared.source)'", hint: hint)
    }
    if homeSource.contains(sharedSource) {
        throw Refusal("shared source '\(shared.source)' lies in home source '\(home.source)'", hint: hint)
    }
}

/// A source is covered by its own path, or held read-only there if it is shared: nothing can be mounted within it.
private func refuseTarget(
    of mount: MountPlan, insideSourcesOf mounts: [MountPlan], covered: Bool
) throws(Refusal) {
    let target = PathComponents(mount.target)
    for other in mounts where PathComponents(other.source) != PathComponents(other.target) {
        let source = PathComponents(other.source)
        guard source.contains(target), other.kind == .shared || (covered && !source.isRoot) else { continue }
        throw Refusal(
            "target '\(mount.target)' lies in \(other.kind.rawValue) source '\(other.source)', "
                + (covered ? "which is covered there" : "which is held read-only there"),
            hint: "choose a target outside the source"
                + (covered && other.kind == .home ? ", or keep it visible with --keep-source-visible" : ""))
    }
}
