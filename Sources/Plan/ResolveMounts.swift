/// Turns pairs of directories into mounts with absolute paths, in the order in which they can be mounted.
struct MountResolution {
    let account: Account
    let workingDirectory: String?

    func mounts(_ request: Request) throws(Refusal) -> [MountPlan] {
        var mounts: [MountPlan] = []
        if let home = request.home {
            var plan = try mount(.home, home, defaultTarget: homeDirectory(for: home))
            plan.locks = request.locks ?? .local
            mounts.append(plan)
        } else if let locks = request.locks, locks != .local {
            throw Refusal("locks '\(locks.rawValue)' without a home", hint: "add --home")
        }
        for pair in request.shared ?? [] {
            mounts.append(try mount(.shared, pair, defaultTarget: try absoluteSource(pair)))
        }
        try refuseConflicts(among: mounts, covered: request.keepSourceVisible != true)
        return outerFirst(mounts)
    }

    private func mount(
        _ kind: MountPlan.Kind, _ pair: DirectoryPair, defaultTarget: @autoclosure () throws(Refusal) -> String
    ) throws(Refusal) -> MountPlan {
        let target = if let target = pair.target { target } else { try defaultTarget() }
        return MountPlan(kind: kind, source: try absoluteSource(pair), target: try checkedTarget(target))
    }

    private func absoluteSource(_ pair: DirectoryPair) throws(Refusal) -> String {
        if pair.source.isAbsolutePath { return PathComponents(pair.source).path }
        guard let workingDirectory else {
            throw Refusal(
                "source '\(pair.source)' counts from the working directory, which no path leads to",
                hint: "give an absolute path")
        }
        return PathComponents(workingDirectory + "/" + pair.source).path
    }

    private func homeDirectory(for pair: DirectoryPair) throws(Refusal) -> String {
        guard let directory = account.homeDirectory, directory.isAbsolutePath else {
            throw Refusal(
                "account \(account.label) has no home directory in passwd(5)",
                hint: "say where the home is to be seen: --home \(pair.source):DST")
        }
        return directory
    }

    /// What no mount of ours may cover: the root, and the trees that the kernel speaks through.
    private func checkedTarget(_ target: String) throws(Refusal) -> String {
        guard target.isAbsolutePath else { throw Refusal("target '\(target)' is not absolute") }
        let path = PathComponents(target)
        if path.isRoot { throw Refusal("target '\(target)' is the root directory") }
        if path.climbs { throw Refusal("target '\(target)' has a '..' in it", hint: "write the path without it") }
        for tree in ["/proc", "/sys", "/dev"] where PathComponents(tree).contains(path) {
            throw Refusal("target '\(target)' lies in '\(tree)'", hint: "the session needs the kernel's own '\(tree)'")
        }
        return path.path
    }

    /// Outer targets before those within them; otherwise as they were asked for.
    private func outerFirst(_ mounts: [MountPlan]) -> [MountPlan] {
        var ordered: [MountPlan] = []
        for mount in mounts {
            let outer = PathComponents(mount.target)
            let place = ordered.firstIndex { outer.contains(PathComponents($0.target)) } ?? ordered.endIndex
            ordered.insert(mount, at: place)
        }
        return ordered
    }
}
