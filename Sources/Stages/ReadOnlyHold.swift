import Glibc
import Linux
import Plan

/// Makes every other way to a shared source read-only in the session's namespace: the path it was named by, and every
/// mount of its file system that shows it, or a part of it, elsewhere.
///
/// Answers the paths that are held. One that the account cannot reach needs no hold.
func holdReadOnly(_ shared: [SourcePlace], _ outerTable: [MountEntry]) throws(RunFailure) -> [String] {
    var held: [String] = []
    let table = try explained { () throws(SystemError) in try mountTable() }
    for place in shared {
        guard let lies = outerTable.first(where: { $0.id == place.mountID }) else {
            throw RunFailure("the mount of source '\(place.path)' is not in /proc/self/mountinfo")
        }
        let inside = SourcePath(
            device: lies.device, path: join(lies.root, suffix(of: place.path, below: lies.mountPoint)))
        for path in aliases(of: inside, in: table) where !held.contains(path) {
            if try bindReadOnly(path) { held.append(path) }
        }
    }
    return held
}

/// Where a source lies within its file system, however that is mounted.
struct SourcePath: Hashable, Sendable {
    /// `major:minor` as mountinfo prints it.
    var device: String
    /// From the root of the file system.
    var path: String
}

/// Every path at which the mounts of `table` show the source, or a part of it.
func aliases(of source: SourcePath, in table: [MountEntry]) -> [String] {
    table.filter { $0.device == source.device }.compactMap { entry in
        if lies(source.path, within: entry.root) {
            return join(entry.mountPoint, suffix(of: source.path, below: entry.root))
        }
        return lies(entry.root, within: source.path) ? entry.mountPoint : nil
    }
}

/// Whether `path` is `directory` or beneath it, by component: `/scratch2` is not within `/scratch`.
private func lies(_ path: String, within directory: String) -> Bool {
    directory == "/" || path == directory || path.hasPrefix(directory + "/")
}

/// What follows `directory` in `path`: empty, or beginning with a slash.
private func suffix(of path: String, below directory: String) -> String {
    directory == "/" ? (path == "/" ? "" : path) : String(path.dropFirst(directory.count))
}

private func join(_ directory: String, _ suffix: String) -> String {
    if suffix.isEmpty { return directory }
    return directory == "/" ? suffix : directory + suffix
}

/// Binds what lies at `path` over itself, read-only with all that is mounted below; false where it cannot be reached.
private func bindReadOnly(_ path: String) throws(RunFailure) -> Bool {
    guard let place = try openReachable(path) else { return false }
    try explained(on: path) { () throws(SystemError) in
        let copy = try place.cloneTree()
        try copy.setMountAttributes([.readOnly, .noSetUserID, .noDevices])
        try copy.attach(onto: place.file)
    }
    return true
}

/// nil where the account cannot get there, and so no session of its can.
private func openReachable(_ path: String) throws(RunFailure) -> Descriptor? {
    do { return try FileReference.workingDirectory.open(path, [.pathOnly, .noFollow]) } catch {
        if [ENOENT, EACCES, ENOTDIR, ESTALE].contains(error.reason.rawValue) { return nil }
        throw RunFailure(error)
    }
}
