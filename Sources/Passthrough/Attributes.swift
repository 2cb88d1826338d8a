import Fuse
import Glibc
import Linux

extension PassthroughFileSystem {
    func attributes(of number: NodeNumber, _ file: OpenFileState?) throws(Errno) -> stat {
        if let file, !opensNothing {
            let open = try handles.find(file)
            return shown(try FileAttributes.of(open), of: open)
        }
        return try settled { () throws(Errno) in
            let known = try state.node(number)
            let (index, node) = (known.index, known.node)
            if index == NodeTable.root { return shown(try FileAttributes.of(root), of: root) }
            switch known.pin {
            case .some(let pin): return shown(try FileAttributes.of(pin.file), of: pin.file)
            case nil: break
            }
            do throws(Errno) { return try attributesByName(index, in: node.parent) } catch {
                guard let open = openFile(node, number, despite: error) else { throw error }
                return shown(try FileAttributes.of(open.file), of: open.file)
            }
        }
    }

    private func attributesByName(_ index: UInt32, in parent: UInt32) throws(Errno) -> stat {
        let parent = try holdDirectory(at: parent)
        defer { release(parent) }
        return try withName(of: index) { (name, key) throws(Errno) in
            let attributes = try FileAttributes.of(name, in: parent.file)
            guard FileKey(attributes) == key else { throw Errno(ESTALE) }
            return shown(attributes, name, in: parent.file)
        }
    }

    func change(_ number: NodeNumber, _ change: AttributeChange, _ file: OpenFileState?) throws(Errno) -> stat {
        if let file { return try apply(change, to: try handles.find(file), open: true) }
        return try withFile(number) { (file) throws(Errno) in try apply(change, to: file, open: false) }
    }

    /// The owner first: changing it clears set-id bits that the new mode may be about to set.
    private func apply(_ change: AttributeChange, to file: FileReference, open: Bool) throws(Errno) -> stat {
        let wanted = change.status
        // No field at all is chown(2) with two ids of -1, which clears set-id bits as well.
        if change.sets([.user, .group]) || change.fields.isEmpty {
            try file.changeOwner(
                user: change.sets(.user) ? try outside(wanted.st_uid) : uid_t.max,
                group: change.sets(.group) ? try outside(wanted.st_gid) : gid_t.max)
        }
        try withPath(of: file) { (path) throws(Errno) in
            if change.sets(.size) {
                try changingData { () throws(Errno) in
                    if open {
                        try file.truncate(to: wanted.st_size)
                    } else {
                        try FollowedPath.truncate(path, to: wanted.st_size)
                    }
                }
            }
            if change.sets(.mode) {
                // Whether the caller may set sgid has been decided by the kernel.
                if wanted.st_mode & S_ISGID != 0 { try keepSetID(true) }
                try FollowedPath.changeMode(path, wanted.st_mode & 0o7777)
            }
            if change.sets([.accessTime, .modificationTime]) {
                try FollowedPath.changeTimes(
                    path, access: change.time(.accessTime, .accessTimeNow, wanted.st_atim),
                    modification: change.time(.modificationTime, .modificationTimeNow, wanted.st_mtim))
            }
        }
        return shown(try FileAttributes.of(file), of: file)
    }

    func readLink(_ number: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFile(number) { (link) throws(Errno) in try link.readLink("", into: room) }
    }

    func access(_ number: NodeNumber, mode: Int32) throws(Errno) {
        try withFile(number, asksPath: true) { (file) throws(Errno) in
            try withPath(of: file) { (path) throws(Errno) in try FollowedPath.check(path, mode: mode) }
        }
    }

    /// Of where the file is: what is mounted within the source has room of its own, and so may a directory have by a quota.
    func fileSystemStatus(_ number: NodeNumber) throws(Errno) -> statvfs {
        try withFile(number) { (file) throws(Errno) in try file.fileSystemStatus() }
    }
}

extension AttributeChange {
    /// True where any of these is to be set.
    func sets(_ fields: Fields) -> Bool { !self.fields.isDisjoint(with: fields) }

    /// The time to set: the one that was given, now, or none.
    func time(_ field: Fields, _ now: Fields, _ given: timespec) -> timespec {
        if sets(now) { return .now }
        return sets(field) ? given : .unchanged
    }
}
