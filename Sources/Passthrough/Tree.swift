import Fuse
import Glibc
import Linux

/// Requests that make, remove and rename.
extension PassthroughFileSystem {
    func makeNode(_ place: NewPlace, mode: mode_t, device: dev_t) throws(Errno) -> Entry {
        let isDevice = [.characterDevice, .blockDevice].contains(FileKind(mode: mode))
        if isDevice && !mayMakeDevices { throw Errno(EPERM) }
        return try make(place, mode: mode) { (directory) throws(Errno) in
            try directory.makeNode(place.name, mode: mode, device: isDevice ? device : 0)
        }
    }

    func makeDirectory(_ place: NewPlace, mode: mode_t) throws(Errno) -> Entry {
        try make(place) { (directory) throws(Errno) in try directory.makeDirectory(place.name, mode: mode) }
    }

    func makeSymbolicLink(_ place: NewPlace, to target: CName) throws(Errno) -> Entry {
        try make(place) { (directory) throws(Errno) in try directory.makeSymbolicLink(place.name, to: target) }
    }

    func makeHardLink(_ place: NewPlace, to number: NodeNumber) throws(Errno) -> Entry {
        try withFile(number) { (file) throws(Errno) in
            try withPath(of: file) { (path) throws(Errno) in
                try make(place) { (directory) throws(Errno) in
                    try directory.makeHardLink(place.name, toFollowed: path, in: .workingDirectory)
                }
            }
        }
    }

    private func make(
        _ place: NewPlace, mode: mode_t = 0, _ call: (FileReference) throws(Errno) -> Void
    ) throws(Errno) -> Entry {
        try checkName(place.name)
        return try withDirectory(place.parent) { (directory, index) throws(Errno) in
            try making(place, mode: mode) { () throws(Errno) in try call(directory) }
            return try remember(place.name, in: directory, index)
        }
    }

    func remove(_ name: CName, in parent: NodeNumber, directory isDirectory: Bool) throws(Errno) {
        try checkName(name)
        try withDirectory(parent) { (directory, index) throws(Errno) in
            let departing = try Departing(name, in: directory, index, self)
            do throws(Errno) { try directory.remove(name, directory: isDirectory) } catch {
                departing.stays(self)
                throw error
            }
            departing.leaves(self)
        }
    }

    func rename(
        _ name: CName, in parent: NodeNumber, to newName: CName, in newParent: NodeNumber, flags: UInt32
    ) throws(Errno) {
        try checkName(name)
        try checkName(newName)
        // RENAME_WHITEOUT would make a device.
        guard flags & ~UInt32(RENAME_NOREPLACE | RENAME_EXCHANGE) == 0 else { throw Errno(EINVAL) }
        renamesBegun.add(1, ordering: .acquiringAndReleasing)
        defer { renamesNoted.add(1, ordering: .acquiringAndReleasing) }
        let old = try holdDirectory(parent)
        defer { release(old) }
        let new = try holdDirectory(newParent)
        defer { release(new) }
        try rename(name, in: old, to: newName, in: new, flags: flags)
    }

    private func rename(
        _ name: CName, in old: HeldDescriptor, to newName: CName, in new: HeldDescriptor, flags: UInt32
    ) throws(Errno) {
        let moved = try FileAttributes.of(name, in: old.file)
        let exchanges = flags & UInt32(RENAME_EXCHANGE) != 0
        let replaced = try replacedAttributes(newName, in: new.file)
        let sameFile = replaced?.identity == moved.identity
        let departing =
            replaced == nil || exchanges || sameFile ? nil : try Departing(newName, in: new.file, new.index, self)
        do throws(Errno) { try old.file.rename(name, to: new.file, newName, flags: flags) } catch {
            departing?.stays(self)
            throw error
        }
        departing?.leaves(self)
        // rename(2) does nothing with two names of one file.
        if sameFile { return }
        try note(moved, movedFrom: name, old.index, to: newName, new.index)
        if exchanges, let replaced { try note(replaced, movedFrom: newName, new.index, to: name, old.index) }
    }

    private func replacedAttributes(_ name: CName, in directory: FileReference) throws(Errno) -> FileAttributes? {
        do { return try FileAttributes.of(name, in: directory) } catch {
            if error == Errno(ENOENT) { return nil }
            throw error
        }
    }

    private func note(
        _ attributes: FileAttributes, movedFrom name: CName, _ parent: UInt32, to newName: CName, _ newParent: UInt32
    ) throws(Errno) {
        try state.locked { (nodes, cache) throws(Errno) in
            state.noteChange()
            guard let index = nodes.find(FileKey(attributes)), nodes.isPlaced(index, name, in: parent) else { return }
            try nodes.place(index, newName, in: newParent) { cache.giveUp($0) }
        }
    }
}
