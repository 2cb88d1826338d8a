import BasicContainers
import Glibc
import Linux
import Plan

/// The file servers of a run, and the mounts they serve, in the plan's order.
struct FileServers: ~Copyable {
    private var servers = UniqueArray<FileServer>()
    /// The root of each mount, from when it was made.
    private var roots = UniqueArray<Descriptor>()

    mutating func append(_ server: consuming FileServer) { servers.append(server) }

    /// The root directory of a mount that has been made.
    func root(_ index: Int) -> FileReference { roots[index].file }

    func process(_ index: Int) -> ProcessID { servers[index].process }

    var processes: [ProcessID] { servers.indices.map { servers[$0].process } }

    /// Makes and attaches the mounts, one after the other: a later target may lie within an earlier mount.
    mutating func mountAll(_ plan: RunPlan) throws(RunFailure) {
        let walk = PathWalk(trustedOwners: plan.trustedTargetLinkOwners)
        for (index, mount) in plan.mounts.enumerated() {
            try servers[index].waitUntilPrepared()
            let target = try openFollowingTrusted(mount.target, by: walk)
            try refuseSecondMount(on: target.file, mount)
            let root = try servers[index].makeMount(mount, plan.identity)
            try explained(on: mount.target) { () throws(SystemError) in try root.attach(onto: target.file) }
            try servers[index].serve()
            roots.append(root)
        }
    }

    /// Two paths may lead to one target: its directory is then the root of a mount that was made already.
    private func refuseSecondMount(on target: FileReference, _ mount: MountPlan) throws(RunFailure) {
        let identity = try explained(on: mount.target) { () throws(SystemError) in try target.status().identity }
        for index in roots.indices {
            let root = try explained { () throws(SystemError) in try roots[index].status().identity }
            if root == identity {
                throw RunFailure("target '\(mount.target)' is another mount's target by another path")
            }
        }
    }
}

/// Refuses targets that are missing, as far as they do not lie within a mount that is yet to be made.
func checkTargets(_ plan: RunPlan) throws(RunFailure) {
    let walk = PathWalk(trustedOwners: plan.trustedTargetLinkOwners)
    for (index, mount) in plan.mounts.enumerated() {
        let liesInEarlier = plan.mounts[..<index].contains { mount.target.hasPrefix($0.target + "/") }
        if !liesInEarlier { _ = try openFollowingTrusted(mount.target, by: walk) }
    }
}

extension RunPlan {
    /// Whose links may lead to a target: in its own namespace the account can mislead only itself.
    fileprivate var trustedTargetLinkOwners: Set<UInt32> {
        [0, overflowUser, identity.insideUser.rawValue, identity.account.user.rawValue]
    }
}

/// What an id that the namespace does not map reads as, user_namespaces(7): root's links look like that from inside.
private let overflowUser: UInt32 = 65534
