import Linux
import Plan

/// A shared source, as files are known to be in it.
struct SharedFiles {
    let name: String
    private let directory: FileReference
    private let place: SourcePath?

    init(name: String, directory: FileReference, place: SourcePlace, in table: [MountEntry]) {
        self.name = name
        self.directory = directory
        self.place = SourcePath.find(place, in: table)
    }

    /// By the file's path in its file system, where its mount is one of ours; and by what the source has at the end of that
    /// path, since a file may have been opened in another mount namespace.
    func hold(_ file: KnownFile, at path: String, _ table: [MountEntry]) -> Bool {
        let entry = table.first { $0.id == file.mountID }
        if let entry, let place, entry.device == place.device,
            PathComponents(place.path).contains(PathComponents(entry.pathWithin(path)))
        {
            return true
        }
        let names = path.split(separator: "/")
        return names.indices.contains { has(file, at: names[$0...].joined(separator: "/")) }
    }

    private func has(_ file: KnownFile, at path: String) -> Bool {
        do throws(SystemError) {
            return try directory.open(path, [.pathOnly, .noFollow]).status().identity == file.identity
        } catch { return false }
    }
}
