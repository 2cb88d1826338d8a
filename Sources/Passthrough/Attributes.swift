import Fuse
import Glibc
import Linux

extension PassthroughFileSystem {
    func attributes(of number: NodeNumber, _ file: OpenFileState?) throws(Errno) -> stat {
        if let file { return try FileAttributes.of(FileReference(handle: file)).shown(by: self) }
        return try settled { () throws(Errno) in
            let (index, node) = try state.locked { (nodes, _) throws(Errno) in
                let index = try nodes.index(of: number)
                return (index, nodes[index])
            }
            if index == NodeTable.root { return try FileAttributes.of(root).shown(by: self) }
            if node.pin >= 0 { return try FileAttributes.of(FileReference(node.pin)).shown(by: self) }
            let parent = try holdDirectory(node.parent)
            defer { release(parent) }
            return try withName(of: index) { (name, key) throws(Errno) in
                let attributes = try FileAttributes.of(name, in: parent.file)
                guard FileKey(attributes) == key else { throw Errno(ESTALE) }
                return attributes.shown(by: self)
            }
        }
    }

    func change(_ number: NodeNumber, _ change: AttributeChange, _ file: OpenFileState?) throws(Errno) -> stat {
        if let file { return try apply(change, to: FileReference(handle: file), open: true) }
        return try withFile(number) { (file) throws(Errno) in try apply(change, to: file, open: false) }
    }

    /// The owner first: changing it clears set-id bits that the new mode may be about to set.
    private func apply(_ change: AttributeChange, to file: FileReference, open: Bool) throws(Errno) -> stat {
        let wanted = change.status
        if change.sets([.user, .group]) {
            try file.changeOwner(
                user: change.sets(.user) ? wanted.st_uid : uid_t.max,
                group: change.sets(.group) ? wanted.st_gid : gid_t.max)
        }
        try withPath(of: file) { (path) throws(Errno) in
            if change.sets(.size) {
                if open {
                    try file.truncate(to: wanted.st_size)
                } else {
                    try FollowedPath.truncate(path, to: wanted.st_size)
                }
            }
            if change.sets(.mode) { try FollowedPath.changeMode(path, wanted.st_mode & 0o7777) }
            if change.sets([.accessTime, .modificationTime]) {
                try FollowedPath.changeTimes(
                    path, access: change.time(.accessTime, .accessTimeNow, wanted.st_atim),
                    modification: change.time(.modificationTime, .modificationTimeNow, wanted.st_mtim))
            }
        }
        return try FileAttributes.of(file).shown(by: self)
    }

    func readLink(_ number: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFile(number) { (link) throws(Errno) in try link.readLink("", into: room) }
    }

    func access(_ number: NodeNumber, mode: Int32) throws(Errno) {
        try withFile(number) { (file) throws(Errno) in
            try withPath(of: file) { (path) throws(Errno) in try FollowedPath.check(path, mode: mode) }
        }
    }

    func fileSystemStatus(_ number: NodeNumber) throws(Errno) -> statvfs { try root.fileSystemStatus() }
}

extension FileAttributes {
    /// As the session is told. In a tree it may write to, owners that its namespace does not map are shown as its own:
    /// the kernel lets nobody write to a file whose owner or group has no id here (user_namespaces(7)), not even where
    /// the account's other groups allow it. Whether it may is decided by the source alone.
    func shown(by fileSystem: PassthroughFileSystem) -> stat {
        var shown = status
        if fileSystem.settings.audience != .session || fileSystem.readOnly { return shown }
        if shown.st_uid == overflowID { shown.st_uid = Credentials.effectiveUser }
        if shown.st_gid == overflowID { shown.st_gid = Credentials.effectiveGroup }
        return shown
    }
}

/// What an id that the namespace does not map reads as, /proc/sys/kernel/overflowuid.
private let overflowID: UInt32 = 65534

extension AttributeChange {
    /// True where any of these is to be set.
    func sets(_ fields: Fields) -> Bool { !self.fields.isDisjoint(with: fields) }

    /// The time to set: the one that was given, now, or none.
    func time(_ field: Fields, _ now: Fields, _ given: timespec) -> timespec {
        if sets(now) { return .now }
        return sets(field) ? given : .unchanged
    }
}

extension FileReference {
    /// The descriptor that an open request put into the kernel's handle.
    init(handle: OpenFileState) { self.init(Int32(truncatingIfNeeded: handle.fh)) }
}
