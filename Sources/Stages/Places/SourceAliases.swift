import Linux

/// Where a source lies within its file system, however that is mounted.
struct SourcePath: Hashable, Sendable {
    /// `major:minor` as mountinfo prints it.
    var device: String
    /// From the root of the file system.
    var path: String
}

/// A path at which a mount shows a source, or a part of it, unless another mount lies over it there.
struct SourceAlias: Hashable, Sendable {
    var path: String
    /// The mount, of mountinfo.
    var mountID: Int
}

/// Every path at which the mounts of `table` show the source, or a part of it.
func aliases(of source: SourcePath, in table: [MountEntry]) -> [SourceAlias] {
    table.filter { $0.device == source.device }.compactMap { entry in
        if lies(source.path, within: entry.root) {
            let path = join(entry.mountPoint, suffix(of: source.path, below: entry.root))
            return SourceAlias(path: path, mountID: entry.id)
        }
        return lies(entry.root, within: source.path) ? SourceAlias(path: entry.mountPoint, mountID: entry.id) : nil
    }
}

/// Whether `path` is `directory` or beneath it, by component: `/scratch2` is not within `/scratch`.
func lies(_ path: String, within directory: String) -> Bool {
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

extension MountEntry {
    /// Where a path of the namespace lies within the file system that is mounted here.
    func pathWithin(_ path: String) -> String { join(root, suffix(of: path, below: mountPoint)) }
}

extension SourcePath {
    /// Where a source lies, by the mount table of the namespace it was opened in.
    init(of place: SourcePlace, in table: [MountEntry]) throws(RunFailure) {
        guard let found = Self.find(place, in: table) else {
            throw RunFailure("the mount of source '\(place.path)' is not in /proc/self/mountinfo")
        }
        self = found
    }

    /// nil where its mount is not in the table.
    static func find(_ place: SourcePlace, in table: [MountEntry]) -> SourcePath? {
        table.first { $0.id == place.mountID }.map { SourcePath(device: $0.device, path: $0.pathWithin(place.path)) }
    }

    func overlaps(_ other: SourcePath) -> Bool {
        device == other.device && (lies(path, within: other.path) || lies(other.path, within: path))
    }
}
