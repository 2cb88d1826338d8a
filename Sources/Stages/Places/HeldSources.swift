import BasicContainers
import Glibc
import Linux
import Plan

/// The directories to be shown, held from before anything is done until they are mounted: nobody can put another
/// directory in their place.
struct HeldSources: ~Copyable {
    private var descriptors = UniqueArray<Descriptor>()
    private(set) var places: [SourcePlace] = []
    /// The mounts of the namespace they were opened in; none where there are no sources.
    private(set) var table: [MountEntry] = []

    /// Opens every source of the plan, in its order, and refuses those that overlap.
    static func open(_ plan: RunPlan) throws(RunFailure) -> HeldSources {
        var held = HeldSources()
        let walk = PathWalk(trustedOwners: plan.trustedLinkOwners)
        for mount in plan.mounts {
            let directory = try openFollowingTrusted(mount.source, by: walk)
            held.places.append(try explained { () throws(SystemError) in try SourcePlace(of: directory.file) })
            held.descriptors.append(directory)
        }
        if !plan.mounts.isEmpty { held.table = try explained { () throws(SystemError) in try mountTable() } }
        try held.refuseOverlaps(plan)
        try held.refuseMountedOverlaps(plan)
        return held
    }

    subscript(index: Int) -> FileReference { descriptors[index].file }

    /// Refuses a home inside a shared source and the other way round, whatever paths lead there.
    private func refuseOverlaps(_ plan: RunPlan) throws(RunFailure) {
        for (inner, mount) in plan.mounts.enumerated() {
            let above = try explained(on: mount.source) { () throws(SystemError) in try ancestors(of: self[inner]) }
            for (outer, other) in plan.mounts.enumerated() where outer != inner && other.kind != mount.kind {
                if !above.contains(places[outer].identity) { continue }
                throw RunFailure(
                    "source '\(mount.source)' (\(mount.kind.rawValue)) lies in source '\(other.source)' "
                        + "(\(other.kind.rawValue))",
                    hint: "one would be writable through the other: keep the home and shared sources apart")
            }
        }
    }

    /// Refuses the same where mounts make a home and a shared source meet: one of them, or a part of it, is mounted within
    /// the other, or both were named by mounts of directories of which one lies in the other. `..` does not lead there.
    private func refuseMountedOverlaps(_ plan: RunPlan) throws(RunFailure) {
        for (inner, mount) in plan.mounts.enumerated() {
            let path = try SourcePath(of: places[inner], in: table)
            let seen = aliases(of: path, in: table)
            for (outer, other) in plan.mounts.enumerated() where other.kind != mount.kind {
                let otherPath = try SourcePath(of: places[outer], in: table)
                let isSeen = seen.contains { lies($0.path, within: places[outer].path) }
                guard isSeen || path.overlaps(otherPath) else { continue }
                throw RunFailure(
                    "source '\(mount.source)' (\(mount.kind.rawValue)), or a part of it, is mounted in source "
                        + "'\(other.source)' (\(other.kind.rawValue))",
                    hint: "one would be writable through the other: keep the home and shared sources apart")
            }
        }
    }

    /// Refuses sources that the account, which this process has become, may not read; a home only where its ownership
    /// stays as it is.
    func checkReadable(asFarAs plan: RunPlan) throws(RunFailure) {
        for (index, mount) in plan.mounts.enumerated() {
            if mount.kind == .home && plan.ownership.mayChangeOwners { continue }
            _ = try explained(on: mount.source, hint: Gate.unreadableDirectory.cure) { () throws(SystemError) in
                try self[index].open(".", [.directory])
            }
        }
    }
}

/// Opens a directory of the plan; the reason is explained where somebody else's link was in the way.
func openFollowingTrusted(_ path: String, by walk: PathWalk) throws(RunFailure) -> Descriptor {
    do { return try walk.openDirectory(path) } catch {
        let hint =
            "berth follows a link only where root owns it and the directory it lies in: name the place it leads to"
        throw RunFailure(error, hint: error.reason == Errno(ELOOP) ? hint : nil)
    }
}

/// Which directory a source is, and where its file system has it.
struct SourcePlace: Hashable, Sendable {
    var identity: FileIdentity
    /// The owner and group that the directory has.
    var user: UInt32
    var group: UInt32
    /// Its absolute path without links, as the kernel knows it.
    var path: String
    /// The mount it lies on, of mountinfo.
    var mountID: Int

    init(of directory: FileReference) throws(SystemError) {
        let status = try directory.status()
        identity = status.identity
        user = status.st_uid
        group = status.st_gid
        path = try directory.pathOfDirectory()
        mountID = try directory.mountID()
    }
}

/// The directory itself and every directory above it, up to the root.
func ancestors(of directory: FileReference) throws(SystemError) -> Set<FileIdentity> {
    var above: Set<FileIdentity> = []
    var place = try directory.open(".", [.pathOnly, .directory])
    while above.insert(try place.status().identity).inserted {
        place = try place.open("..", [.pathOnly, .directory])
    }
    return above
}

extension RunPlan {
    /// Whose links may lead to a source or a target: root's, and the account's own where berth has no more power than it.
    var trustedLinkOwners: Set<UInt32> {
        switch identity.starter {
        case .ordinaryAccount: [0, identity.account.user.rawValue]
        case .capableAccount, .root, .namespaceRoot: [0]
        }
    }
}

extension OwnershipPlan {
    var mayChangeOwners: Bool { mode == .onRootMismatch || mode == .always }
}
