import Glibc
import Linux
import Plan

/// The directory in which berth was started, held so that its inode is nobody else's until the command has been started in
/// it; and where the session may have it.
struct StartingPlace: ~Copyable {
    /// nil where no path leads to it any more, or whoever started berth may not search it.
    private let held: Descriptor?
    let candidates: [StartingCandidate]

    /// To be called before the working directory is changed.
    static func find(
        _ plan: RunPlan, _ sources: borrowing HeldSources, _ targets: [TargetPlace]
    ) throws(RunFailure) -> StartingPlace {
        let here = try explained { () throws(SystemError) in try workingDirectoryPath() }
        guard let here else { return StartingPlace(held: nil, candidates: []) }
        guard let held = try explained({ () throws(SystemError) in try openHere() }) else {
            return StartingPlace(held: nil, candidates: [])
        }
        let identity = try explained { () throws(SystemError) in try held.status().identity }
        var candidates: [StartingCandidate] = []
        for (index, place) in sources.places.enumerated() {
            // Beneath a source, or on the directory over which it is mounted: there the mount shows it.
            let rest = rest(of: here, below: place.path)
            let isTarget = targets[index].identity == identity
            guard let rest = isTarget ? "" : rest else { continue }
            candidates.append(
                StartingCandidate(
                    path: targets[index].path + rest, mountPoint: targets[index].path,
                    identity: isTarget ? place.identity : identity))
        }
        candidates.append(StartingCandidate(path: here, mountPoint: nil, identity: identity))
        return StartingPlace(held: held, candidates: candidates)
    }

    /// nil for a directory that was entered with more rights than are left, as by sudo(8) and runuser(1) from root's home.
    private static func openHere() throws(SystemError) -> Descriptor? {
        do throws(SystemError) { return try FileReference.workingDirectory.open(".", [.pathOnly, .directory]) } catch {
            if error.reason == Errno(EACCES) { return nil }
            throw error
        }
    }
}

/// A path at which a directory of the outside may be seen in the session.
struct StartingCandidate: Hashable, Sendable {
    let path: String
    /// Of the file server's mount that shows it; nil where it is the very directory.
    let mountPoint: String?
    let identity: FileIdentity

    /// Enters it, if it is there and the same; false otherwise. What is entered was opened from the session's own root.
    func enter() throws(SystemError) -> Bool {
        do throws(SystemError) {
            let directory = try FileReference.workingDirectory.open(path, [.pathOnly, .directory])
            guard try isSame(directory.file) else { return false }
            try directory.enter()
            return true
        } catch { return false }
    }

    /// A file server's mount has a device number of its own, and the inode numbers of its source.
    private func isSame(_ directory: FileReference) throws(SystemError) -> Bool {
        let found = try directory.status().identity
        guard let mountPoint else { return found == identity }
        let entry = try entry(of: directory)
        return entry?.type == "fuse.berth" && entry?.mountPoint == mountPoint && found.inode == identity.inode
    }
}

/// Enters a directory by its path inside: `--workdir`. Nowhere outside what the session has mounted, whatever links of
/// /proc are in the path (CVE-2024-21626).
func enterWorkingDirectory(_ path: String) throws(RunFailure) {
    do throws(SystemError) {
        let directory = try FileReference.workingDirectory.open(path, [.pathOnly, .directory])
        guard try entry(of: directory.file) != nil else { throw SystemError("open", Errno(18)) }
        try directory.enter()
    } catch {
        throw RunFailure(
            "workdir '\(path)': \(error.reason)", hint: "a path inside, which the account may enter: see --dry-run")
    }
}

/// The mount of this process's namespace on which a directory lies; nil where it lies on none.
private func entry(of directory: FileReference) throws(SystemError) -> MountEntry? {
    let id = try directory.mountID()
    return try mountTable().first { $0.id == id }
}

/// What follows a directory in a path, with its slash; nil where the path does not lie there.
private func rest(of path: String, below directory: String) -> String? {
    let names = PathComponents(path).names
    let above = PathComponents(directory).names
    guard names.starts(with: above) else { return nil }
    return names.dropFirst(above.count).map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
}
