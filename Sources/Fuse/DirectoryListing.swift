import CFuse
import Glibc
import Linux

/// The answer to one readdir or readdirplus, filled entry by entry until it is full.
package struct DirectoryListing {
    private let request: fuse_req_t
    private var rest: UnsafeMutableRawBufferPointer
    /// The kernel asks for attributes with the names; each entry given with some counts as a lookup.
    package let wantsAttributes: Bool
    /// How many bytes have been filled.
    package private(set) var filled = 0

    init(_ request: fuse_req_t, _ room: UnsafeMutableRawBufferPointer, wantsAttributes: Bool) {
        self.request = request
        self.wantsAttributes = wantsAttributes
        rest = room
    }

    /// How many bytes of getdents64(2)'s records are sure to fit. The shortest record has 24 bytes, and becomes 32, or 160
    /// with attributes; longer names make less of a difference.
    package var roomForRecords: Int { wantsAttributes ? rest.count * 24 / 160 : rest.count * 24 / 32 }

    /// Adds an entry without attributes but its inode; false, and nothing added, where it does not fit.
    package mutating func add(_ entry: DirectoryEntry, inode: UInt64) -> Bool {
        var attributes = Entry()
        attributes.attr.st_ino = ino_t(inode)
        attributes.attr.st_mode = mode_t(entry.type) << 12
        return add(entry, attributes)
    }

    /// Adds an entry with what a lookup of it found.
    package mutating func add(_ entry: DirectoryEntry, _ found: Entry) -> Bool {
        var found = found
        let size =
            wantsAttributes
            ? fuse_add_direntry_plus(request, pointer, rest.count, entry.name, &found, off_t(entry.nextOffset))
            : fuse_add_direntry(request, pointer, rest.count, entry.name, &found.attr, off_t(entry.nextOffset))
        if size > rest.count { return false }
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[size...])
        filled += size
        return true
    }

    private var pointer: UnsafeMutablePointer<CChar>? { rest.baseAddress?.assumingMemoryBound(to: CChar.self) }
}
