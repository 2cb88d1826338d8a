import Glibc

/// A walk down a path, one component at a time, that follows only links whose owner is trusted.
///
/// Whoever owns a link, or the directory it lies in, decides where it leads. Where the way is taken with more power
/// than its owner has, that must not be they: only links that a trusted user owns, in a directory that one owns, are
/// followed. Ordinary links such as /var/run → /run belong to root.
package struct PathWalk: Sendable {
    /// The users whose links are followed.
    package var trustedOwners: Set<UInt32>

    package init(trustedOwners: Set<UInt32>) { self.trustedOwners = trustedOwners }

    /// An O_PATH descriptor of the directory at `path`, which is relative to the working directory unless it is absolute.
    ///
    /// ELOOP: a link of somebody else, or more than 40 of them; ENOTDIR, ENOENT, EACCES as path_resolution(7).
    package func openDirectory(_ path: String) throws(SystemError) -> Descriptor {
        do { return try descend(path) } catch { throw SystemError("open", on: path, error) }
    }

    private func descend(_ path: String) throws(Errno) -> Descriptor {
        var pending = components(path)
        var place = try start(of: path)
        var linksLeft = 40
        while let name = pending.popLast() {
            if let next = try directory(name, in: place) {
                place = next
                continue
            }
            linksLeft -= 1
            if linksLeft < 0 { throw Errno(ELOOP) }
            let link = try trustedLink(name, in: place)
            if link.hasPrefix("/") { place = try start(of: link) }
            pending += components(link)
        }
        return place
    }

    /// The components of a path, last first. An empty path has none, as has `/`.
    private func components(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }

    private func start(of path: String) throws(Errno) -> Descriptor {
        if path.isEmpty { throw Errno(ENOENT) }
        return try openPath(path.hasPrefix("/") ? "/" : ".", in: .workingDirectory, [.directory])
    }

    /// The directory of that name; nil where the name is a link. O_DIRECTORY also sets off an automount.
    private func directory(_ name: String, in place: borrowing Descriptor) throws(Errno) -> Descriptor? {
        do { return try openPath(name, in: place.file, [.directory, .noFollow]) } catch {
            guard error == Errno(ENOTDIR) || error == Errno(ELOOP) else { throw error }
            return nil
        }
    }

    /// Where the link of that name leads; ENOTDIR where it is no link at all.
    private func trustedLink(_ name: String, in place: borrowing Descriptor) throws(Errno) -> String {
        let link = try openPath(name, in: place.file, [.noFollow])
        do throws(SystemError) {
            let status = try link.status()
            guard status.kind == .symbolicLink else { throw SystemError("open", Errno(ENOTDIR)) }
            let directoryOwner = try place.status().st_uid
            guard trustedOwners.contains(status.st_uid), trustedOwners.contains(directoryOwner) else {
                throw SystemError("open", Errno(ELOOP))
            }
            return try link.linkTarget()
        } catch { throw error.reason }
    }

    private func openPath(_ name: String, in place: FileReference, _ flags: OpenFlags) throws(Errno) -> Descriptor {
        do { return try place.open(name, flags.union(.pathOnly)) } catch { throw error.reason }
    }
}
