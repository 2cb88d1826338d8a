import Glibc
import Linux
import Plan

/// What became of the paths, besides the targets, by which a session could see the sources.
struct HiddenPaths: Sendable {
    /// An empty directory lies over them.
    var covered: [String] = []
    /// Read-only, with all that is mounted below.
    var heldReadOnly: [String] = []

    var facts: [Fact] {
        [
            Fact("sources_covered", .list(covered.map { .text($0) })),
            Fact("sources_held_read_only", .list(heldReadOnly.map { .text($0) })),
        ]
    }
}

/// Takes away every other way to the sources in the session's namespace: the paths they were named by, and every mount of
/// their file systems that shows them, or a part of them, elsewhere. What the plan leaves visible, and what cannot be
/// covered (the root directory, single files), is made read-only if it is shared.
///
/// A path that the account cannot reach stays as it is; a target's own path is covered by its mount.
func hideSources(
    _ plan: RunPlan, _ sources: borrowing HeldSources, _ targets: [TargetPlace]
) throws(RunFailure) -> HiddenPaths {
    var hidden = HiddenPaths()
    if plan.mounts.isEmpty { return hidden }
    let table = try explained { () throws(SystemError) in try mountTable() }
    for (mount, place) in zip(plan.mounts, sources.places) {
        for alias in aliases(of: try SourcePath(of: place, in: sources.table), in: table) {
            let path = alias.path
            if (hidden.covered + hidden.heldReadOnly).contains(path) { continue }
            guard let found = try open(alias) else { continue }
            if !plan.keepsSourcesVisible, Defence.sourceCover.isUp, path != "/", try isDirectory(found) {
                if targets.contains(where: { $0.path == path }) { continue }
                try refuseTarget(within: path, of: mount, targets)
                try cover(found, path)
                hidden.covered.append(path)
            } else if mount.kind == .shared {
                if Defence.sourceBinding.isUp { try bindReadOnly(found, path) }
                hidden.heldReadOnly.append(path)
            }
        }
    }
    return hidden
}

private func refuseTarget(within path: String, of mount: MountPlan, _ targets: [TargetPlace]) throws(RunFailure) {
    guard let target = targets.first(where: { $0.path.hasPrefix(path + "/") }) else { return }
    throw RunFailure(
        "target '\(target.path)' lies in '\(path)', which shows source '\(mount.source)' and is to be covered",
        hint: "choose another target, or --keep-source-visible")
}

private func isDirectory(_ file: borrowing Descriptor) throws(RunFailure) -> Bool {
    try explained { () throws(SystemError) in try file.status().kind } == .directory
}

/// Puts an empty directory over this one.
private func cover(_ place: borrowing Descriptor, _ path: String) throws(RunFailure) {
    try explained(on: path) { () throws(SystemError) in
        let context = try FileSystemContext(type: "tmpfs")
        try context.set("mode", "0555")
        let empty = try context.mount([.readOnly, .noSetUserID, .noDevices, .noExecution])
        try empty.attach(onto: place.file)
    }
}

/// Binds what lies at `path` over itself, read-only with all that is mounted below.
func bindReadOnly(_ place: borrowing Descriptor, _ path: String) throws(RunFailure) {
    try explained(on: path) { () throws(SystemError) in
        let copy = try place.cloneTree()
        try copy.setMountAttributes([.readOnly, .noSetUserID, .noDevices])
        try copy.attach(onto: place.file)
    }
}

/// nil where the account cannot get there, and so no session of its can, or where another mount lies over it.
private func open(_ alias: SourceAlias) throws(RunFailure) -> Descriptor? {
    do throws(SystemError) {
        let found = try FileReference.workingDirectory.open(alias.path, [.pathOnly, .noFollow])
        guard try found.mountID() == alias.mountID else { return nil }
        return found
    } catch {
        if [ENOENT, EACCES, ENOTDIR, ESTALE].contains(error.reason.rawValue) { return nil }
        throw RunFailure(error)
    }
}
