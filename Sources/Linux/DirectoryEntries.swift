import CLinux
import Glibc

/// One record of getdents64(2); valid while the buffer it was read into is.
package struct DirectoryEntry {
    package let inode: UInt64
    /// Where the next read goes on, for lseek(2) on the directory.
    package let nextOffset: Int64
    /// DT_* of readdir(3); DT_UNKNOWN where the file system does not say.
    package let type: UInt8
    /// Ends with a NUL byte, never holds a slash.
    package let name: UnsafePointer<CChar>

    /// DT_DIR.
    package static let directoryType: UInt8 = 4

    /// True for `.` and `..`.
    package var isDotOrDotDot: Bool {
        name[0] == 46 && (name[1] == 0 || (name[1] == 46 && name[2] == 0))
    }
}

/// The records of one getdents64(2), in the order in which the directory gave them. Allocates nothing.
package struct DirectoryEntries: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    package init(_ records: UnsafeRawBufferPointer) { rest = records }

    package var isEmpty: Bool { rest.isEmpty }
    /// What has not been gone through yet, as bytes.
    package var records: UnsafeRawBufferPointer { rest }

    package mutating func next() -> DirectoryEntry? {
        // struct linux_dirent64: d_ino, d_off (8 bytes each), d_reclen (2), d_type (1), d_name.
        guard rest.count >= 20 else { return nil }
        let length = Int(rest.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
        guard length >= 20, length <= rest.count else { return nil }
        let entry = DirectoryEntry(
            inode: rest.loadUnaligned(as: UInt64.self),
            nextOffset: rest.loadUnaligned(fromByteOffset: 8, as: Int64.self),
            type: rest[18],
            name: rest.baseAddress!.advanced(by: 19).assumingMemoryBound(to: CChar.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        return entry
    }
}

extension OpenFile where Self: ~Copyable {
    /// getdents64(2) from where the directory's offset stands; no records at the end of the directory.
    package func readEntries(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> DirectoryEntries {
        let length = try errnoCall { berth_getdents64(number, buffer.baseAddress!, buffer.count) }
        return DirectoryEntries(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }
}
