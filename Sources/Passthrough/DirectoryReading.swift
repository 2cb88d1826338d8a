import Fuse
import Glibc
import Linux

/// Requests about open directories. The offsets are the source's own, so a directory that changes meanwhile is read
/// without loss and without repetition, as far as the source does that.
extension PassthroughFileSystem {
    func openDirectory(_ number: NodeNumber, _ file: inout OpenFileState) throws(Errno) {
        // Not as ".": reading a directory takes no right to search it.
        let descriptor = try withDirectory(number) { (directory, _) throws(Errno) in
            try withPath(of: directory) { (path) throws(Errno) in
                try openSparing(.workingDirectory, path, O_RDONLY | O_DIRECTORY)
            }
        }
        file.fh = UInt64(UInt32(bitPattern: descriptor))
        if settings.cache == .always {
            file.cache_readdir = 1
            file.keep_cache = 1
        }
        state.locked { nodes, _ in nodes[UInt32(truncatingIfNeeded: number)].opens += 1 }
    }

    func releaseDirectory(_ number: NodeNumber, _ file: OpenFileState) { release(number, file) }

    func readDirectory(
        _ number: NodeNumber, _ file: OpenFileState, at offset: Int, into listing: inout DirectoryListing
    ) throws(Errno) {
        let directory = FileReference(handle: file)
        let index = try state.locked { (nodes, _) throws(Errno) in try nodes.index(of: number) }
        let plus = listing.wantsAttributes && state.locked { nodes, _ in nodes[index].traits.contains(.childrenWanted) }
        _ = try directory.seek(offset, SEEK_SET)
        let room = listing.room
        try withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { (records) throws(Errno) -> Void in
            while case let entries = try directory.readEntries(into: records), !entries.isEmpty {
                for entry in entries {
                    let added = plus ? addKnown(entry, in: directory, index, &listing) : listing.add(entry)
                    if !added { return }
                }
            }
        }
    }

    /// Adds an entry with its attributes, which counts as a lookup if it fits; one that has just vanished goes without.
    private func addKnown(
        _ entry: DirectoryEntry, in directory: FileReference, _ parent: UInt32, _ listing: inout DirectoryListing
    ) -> Bool {
        if entry.isDotOrDotDot { return listing.add(entry) }
        let found: Entry
        do throws(Errno) { found = try remember(entry.name, in: directory, parent) } catch { return listing.add(entry) }
        if listing.add(entry, found) { return true }
        forget(found.ino, lookups: 1)
        return false
    }
}
