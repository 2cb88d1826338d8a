import Glibc
import Linux
import Plan

/// Where a mount will be attached: found before anything is done, and found again, without following any link, when the
/// mount is made. In the session's namespace root's links and others' cannot be told apart any more.
struct TargetPlace: Hashable, Sendable {
    /// Absolute, without links as far as it was there before the mounts.
    var path: String
    /// nil for a target that lies within a mount which is yet to be made.
    var identity: FileIdentity?

    /// Finds the targets of a plan, in its order.
    static func find(_ plan: RunPlan) throws(RunFailure) -> [TargetPlace] {
        let walk = PathWalk(trustedOwners: plan.trustedLinkOwners)
        var places: [TargetPlace] = []
        for (index, mount) in plan.mounts.enumerated() {
            if let outer = plan.mounts[..<index].lastIndex(where: { mount.target.hasPrefix($0.target + "/") }) {
                let rest = mount.target.dropFirst(plan.mounts[outer].target.count)
                places.append(TargetPlace(path: places[outer].path + rest, identity: nil))
                continue
            }
            let directory = try openTarget(mount, by: walk)
            let found = try explained(on: mount.target) { () throws(SystemError) in
                let path = try directory.pathOfDirectory()
                return TargetPlace(path: path, identity: try directory.status().identity)
            }
            if places.contains(where: { $0.path == found.path }) {
                throw RunFailure("target '\(mount.target)' is another mount's target by another path")
            }
            places.append(found)
        }
        return places
    }

    private static func openTarget(_ mount: MountPlan, by walk: PathWalk) throws(RunFailure) -> Descriptor {
        do { return try openFollowingTrusted(mount.target, by: walk) } catch {
            var failure = error
            if case .system(let reason) = error.cause, reason == Errno(ENOENT) {
                failure.hint =
                    "where \(mount.kind.rawValue) '\(mount.source)' is to be seen there must be a directory: make it"
            }
            throw failure
        }
    }

    /// Opens the target again; refused where anything on the way is a link now, or another directory is there.
    func open() throws(RunFailure) -> Descriptor {
        let changed = "somebody changed it while the run was set up: a target must not lie in what others may rename"
        let directory = try reopen(hint: changed)
        guard let identity else { return directory }
        let now = try explained(on: path) { () throws(SystemError) in try directory.status().identity }
        if now != identity { throw RunFailure("target '\(path)' is another directory now", hint: changed) }
        return directory
    }

    private func reopen(hint: String) throws(RunFailure) -> Descriptor {
        do { return try PathWalk(trustedOwners: []).openDirectory(path) } catch {
            throw RunFailure(error, hint: error.reason == Errno(ELOOP) ? "there is a link on the way: \(hint)" : nil)
        }
    }
}
