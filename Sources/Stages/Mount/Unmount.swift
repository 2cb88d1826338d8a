import Glibc
import Linux

/// Where a mount is, and which one it is: another mount at the same path is left alone.
struct MountedPlace: Hashable, Sendable {
    /// Absolute and without links.
    var path: String
    /// The number in mountinfo.
    var id: Int

    init(path: String, id: Int) {
        self.path = path
        self.id = id
    }

    /// The topmost mount at a path.
    init(at path: String) throws(RunFailure) {
        let root = try explained { () throws(SystemError) in
            try FileReference.workingDirectory.open(path, [.pathOnly, .noFollow])
        }
        self.init(path: path, id: try explained(on: path) { () throws(SystemError) in try root.attachedMountID() })
    }

    /// Takes the mount away. Whoever replaces a directory on the way meanwhile, or mounts over it, does not get another
    /// mount of theirs taken away: the parent is held, and the number is compared.
    func unmount(_ way: MountWay, lazily: Bool) throws(RunFailure) {
        let (parent, name) = splitLast(path)
        let directory = try explained(on: path) { () throws(SystemError) in
            try PathWalk(trustedOwners: []).openDirectory(parent)
        }
        let present = try explained(on: path) { () throws(SystemError) in
            try directory.open(name, [.pathOnly, .noFollow]).attachedMountID()
        }
        guard present == id else {
            throw RunFailure("'\(path)' is another mount now", hint: "it was mounted over, or unmounted, meanwhile")
        }
        switch way {
        case .direct:
            try explained(on: path) { () throws(SystemError) in
                try directory.enter()
                try Linux.unmount(name, lazily: lazily)
            }
        case .fusermount: try unmountByFusermount(path, lazily: lazily)
        }
    }

    /// Takes away what is left of a mount whose server has ended.
    func unmountIfThere(_ way: MountWay) throws(RunFailure) {
        let table = try explained { () throws(SystemError) in try mountTable() }
        if table.contains(where: { $0.id == id && $0.mountPoint == path }) { try unmount(way, lazily: true) }
    }
}

/// `berth umount TARGET`: takes a FUSE mount away, and no other.
package func unmount(_ target: String, lazily: Bool) throws(RunFailure) {
    let way = try MountWay.ofCaller()
    let (parent, name) = splitLast(target)
    let directory = try openFollowingTrusted(parent, by: PathWalk(trustedOwners: way.trustedOwners))
    let path = try explained { () throws(SystemError) in try directory.pathOfDirectory() }
    let place = try MountedPlace(at: path == "/" ? "/\(name)" : "\(path)/\(name)")
    let table = try explained { () throws(SystemError) in try mountTable() }
    guard let entry = table.first(where: { $0.id == place.id }), entry.mountPoint == place.path else {
        throw RunFailure("'\(target)' is not a mount")
    }
    guard entry.type == "fuse" || entry.type.hasPrefix("fuse.") else {
        throw RunFailure(
            "'\(target)' is a mount of type \(entry.type)", hint: "berth takes away FUSE mounts only: see umount(8)")
    }
    try place.unmount(way, lazily: lazily)
}

private func unmountByFusermount(_ path: String, lazily: Bool) throws(RunFailure) {
    let command = ["fusermount3", "-u"] + (lazily ? ["-z"] : []) + ["--", path]
    let status = try explained { () throws(SystemError) in try runToEnd(command) }
    if status != .exited(0) { throw RunFailure("fusermount3 -u '\(path)': \(status)") }
}

/// The directory a path lies in, and its last component.
private func splitLast(_ path: String) -> (directory: String, name: String) {
    let trimmed = path.last == "/" ? String(path.reversed().drop { $0 == "/" }.reversed()) : path
    guard let slash = trimmed.lastIndex(of: "/") else { return (".", trimmed.isEmpty ? "/" : trimmed) }
    let directory = trimmed[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(trimmed[trimmed.index(after: slash)...]))
}
