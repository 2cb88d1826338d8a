import BasicContainers
import Glibc
import Linux
import Passthrough
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

    /// Those of the shared mounts.
    func readers(of plan: RunPlan) -> [ProcessID] {
        servers.indices.filter { plan.mounts[$0].kind == .shared }.map { servers[$0].process }
    }

    /// Makes and attaches the mounts, one after the other: a later target may lie within an earlier mount.
    mutating func mountAll(_ plan: RunPlan, _ targets: [TargetPlace]) throws(RunFailure) {
        for (index, mount) in plan.mounts.enumerated() {
            try servers[index].waitUntilPrepared()
            let target = try targets[index].open()
            try refuseSecondMount(on: target.file, mount)
            let root = try servers[index].makeMount(MountForm(mount, plan.identity), for: mount.target)
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

extension MountForm {
    init(_ mount: MountPlan, _ identity: Identity) {
        let attributes: MountAttributes = [.noSetUserID, .noDevices]
        self.init(
            name: mount.source, user: identity.insideUser.rawValue, group: identity.insideGroup.rawValue,
            attributes: mount.kind == .shared && Defence.readOnlyMount.isUp ? attributes.union(.readOnly) : attributes,
            defaultPermissions: ServerSettings(mount).neverChanges)
    }
}

extension ServerSettings {
    init(_ mount: MountPlan) {
        let readOnly = mount.kind == .shared
        self.init(readOnly: readOnly, cache: readOnly ? .always : .auto)
        audience = .session
        locks = mount.locks == .remote ? .remote : .local
    }
}

extension ServerTask {
    init(_ mount: MountPlan, _ place: SourcePlace) {
        self.init(
            label: mount.source, place: place, settings: ServerSettings(mount), entersSource: mount.kind == .shared)
    }
}
