import Fuse
import Glibc
import Linux

extension PassthroughFileSystem {
    func lookup(_ name: CName, in parent: NodeNumber) throws(Errno) -> Entry {
        try checkName(name)
        return try withDirectory(parent) { (directory, index) throws(Errno) in
            let changes = state.changes
            do throws(Errno) {
                let found = try FileAttributes.of(name, in: directory)
                return try remember(found, name, in: directory, index, asOf: changes, asked: true)
            } catch {
                guard error == Errno(ENOENT), settings.cache == .always else { throw error }
                // Entry 0: the kernel may remember that there is no such name.
                var entry = Entry()
                entry.entry_timeout = settings.cache.timeout
                return entry
            }
        }
    }

    func forget(_ number: NodeNumber, lookups: UInt64) {
        // The last close of a file that has lost its names is the end of its data: nobody should wait for that.
        var pin: Int32 = -1
        state.locked { nodes, cache in
            guard let index = nodes.knownIndex(of: number) else { return }
            nodes.forget(index, lookups: lookups) { node in
                var freed = node
                if pin < 0 { swap(&pin, &freed.pin) }
                cache.giveUp(freed)
            }
        }
        if pin >= 0 { close(pin) }
    }

    /// One system call for a lookup: what the name is now, and the number the kernel will know it by.
    func remember(_ name: CName, in directory: FileReference, _ parent: UInt32) throws(Errno) -> Entry {
        let changes = state.changes
        return try remember(try FileAttributes.of(name, in: directory), name, in: directory, parent, asOf: changes)
    }

    /// `changes`: how many had been noted when the name was looked at, or before. `asked`: by a lookup of this one name.
    func remember(
        _ attributes: FileAttributes, _ name: CName, in directory: FileReference, _ parent: UInt32, asOf changes: Int,
        asked: Bool = false
    ) throws(Errno) -> Entry {
        let (number, unpinned) = try state.locked { (nodes, cache) throws(Errno) in
            let isOvertaken = state.changes != changes
            let moves = nodes.moves
            let (index, unpinned) = try nodes.remember(
                FileKey(attributes), name, in: parent, overtaken: isOvertaken
            ) { cache.giveUp($0) }
            if nodes.moves != moves { state.noteChange() }
            if asked && attributes.kind != .directory { nodes.noteWish(in: parent) }
            return (nodes.number(of: index), unpinned)
        }
        if unpinned >= 0 { close(unpinned) }
        return Entry(
            ino: number, generation: 0, attr: shown(attributes, name, in: directory),
            attr_timeout: attributeTimeout(of: number), entry_timeout: settings.cache.timeout)
    }
}
