import Fuse
import Glibc
import Linux

/// Requests about open directories. The offsets are the source's own, so a directory that changes meanwhile is read
/// without loss and without repetition, as far as the source does that.
extension PassthroughFileSystem {
    func openDirectory(_ number: NodeNumber, _ file: inout OpenFileState) throws(Errno) {
        if opensNoDirectory { throw Errno(ENOSYS) }
        let opened = try openByNameOrListing(number)
        file.fh = try handles.give(opened.descriptor, of: number)
        file.keep_cache = countOpen(number, opened.attributes) ? 1 : 0
        file.cache_readdir = settings.cache == .none ? 0 : 1
    }

    func releaseDirectory(_ number: NodeNumber, _ file: OpenFileState) {
        release(number, file)
    }

    func synchronizeDirectory(_ file: OpenFileState, dataOnly: Bool) throws(Errno) {
        try handles.find(file).flushToDisk(dataOnly: dataOnly)
    }

    func readDirectory(
        _ number: NodeNumber, _ file: OpenFileState, at offset: Int, into listing: inout DirectoryListing
    ) throws(Errno) {
        guard opensNoDirectory else {
            return try readDirectory(number, try handles.find(file, of: number), at: offset, into: &listing)
        }
        guard let held = try settled({ () throws(Errno) in try holdListing(number) }) else {
            let own = Descriptor(owning: try openListing(number))
            return try readDirectory(number, own.file, at: offset, into: &listing)
        }
        defer {
            if let slot = held.slot { state.locked { $1.endReading(slot) } }
            release(held)
        }
        try readDirectory(number, held.file, at: offset, into: &listing)
    }

    /// A directory that the kernel opens by itself is opened once for all requests that read it, unless it has a
    /// descriptor for something else, or somebody reads it right now: then nil.
    private func holdListing(_ number: NodeNumber) throws(Errno) -> HeldDescriptor? {
        let (index, node, known) = try state.locked { (nodes, cache) throws(Errno) in
            let index = try nodes.index(of: number)
            let slot = nodes[index].slot
            guard slot != 0, nodes[index].pin < 0, cache.beginReading(slot) else {
                return (index, nodes[index], HeldDescriptor?.none)
            }
            return (index, nodes[index], HeldDescriptor(file: FileReference(cache.use(slot)), slot: slot, index: index))
        }
        if index == NodeTable.root || node.pin >= 0 { return nil }
        if known != nil || node.slot != 0 { return known }
        let parent = try holdDirectory(at: node.parent)
        defer { release(parent) }
        let opened = try openNamed(index, in: parent.file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let held = keep(opened.descriptor, for: index, reads: true)
        // Another thread may have been quicker, and read it now, or have opened it for something else.
        guard let slot = held.slot, !state.locked({ $1.beginReading(slot) }) else { return held }
        release(held)
        return nil
    }

    /// A directory that has no descriptor yet is opened by its name: it may never need one for anything else.
    private func openByNameOrListing(_ number: NodeNumber) throws(Errno) -> OpenedFile {
        try settled { () throws(Errno) in
            let known = try state.node(number)
            let (index, node) = (known.index, known.node)
            if index == NodeTable.root || node.pin >= 0 || node.slot != 0 {
                return try OpenedFile(try openListing(number))
            }
            let parent = try holdDirectory(at: node.parent)
            defer { release(parent) }
            return try openNamed(index, in: parent.file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
    }

    /// By ".", which takes the right to search the directory; where that is missing by /proc/self/fd, which does not.
    func openListing(_ number: NodeNumber) throws(Errno) -> Int32 {
        try withDirectory(number) { (directory, _) throws(Errno) in
            do throws(Errno) { return try openSparing(directory, ".", O_RDONLY | O_DIRECTORY) } catch {
                guard error == Errno(EACCES) else { throw error }
                return try withPath(of: directory) { (path) throws(Errno) in
                    try openSparing(.workingDirectory, path, O_RDONLY | O_DIRECTORY)
                }
            }
        }
    }

    private func readDirectory(
        _ number: NodeNumber, _ directory: FileReference, at offset: Int, into listing: inout DirectoryListing
    ) throws(Errno) {
        let (index, device, wanted) = try state.locked { (nodes, _) throws(Errno) in
            let index = try nodes.index(of: number)
            return (index, nodes[index].key.device, nodes.noteListing(of: index))
        }
        let plus = listing.wantsAttributes && wanted
        _ = try directory.seek(offset, SEEK_SET)
        let longest = 280
        let size = max(listing.roomForRecords, longest)
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { (room) throws(Errno) -> Void in
            // No more is read than can be told: the source would have to find what is left over once again.
            var part = room[...]
            repeat {
                let entries = try directory.readEntries(into: UnsafeMutableRawBufferPointer(rebasing: part))
                if entries.isEmpty { return }
                for entry in entries {
                    let inode = shownInode(entry.inode, on: device)
                    let added =
                        plus
                        ? addKnown(entry, inode, in: directory, index, &listing) : listing.add(entry, inode: inode)
                    if !added { return }
                }
                part = room[..<min(listing.roomForRecords, size)]
            } while part.count >= 4 * longest
        }
    }

    /// Adds an entry with its attributes, which counts as a lookup if it fits; one that has just vanished goes without.
    private func addKnown(
        _ entry: DirectoryEntry, _ inode: UInt64, in directory: FileReference, _ parent: UInt32,
        _ listing: inout DirectoryListing
    ) -> Bool {
        if entry.isDotOrDotDot { return listing.add(entry, inode: inode) }
        let found: Entry
        do throws(Errno) { found = try remember(entry.name, in: directory, parent) } catch {
            return listing.add(entry, inode: inode)
        }
        if listing.add(entry, found) { return true }
        forget(found.ino, lookups: 1)
        return false
    }
}
