import CLinux
import Glibc

/// What a walk needs to know of an entry, as statx(2) has it: little enough to be read half a million times.
package struct EntryStatus: Sendable {
    package let mode: mode_t
    package private(set) var linkCount: UInt32
    package let user: uid_t
    package let group: gid_t
    package let identity: FileIdentity
    /// Nanoseconds since the epoch.
    package private(set) var changeTime: Int64
    /// When the inode was made, in nanoseconds; 0 where the file system does not keep it.
    package let birth: Int64
    /// The number in mountinfo of the mount it lies on, STATX_MNT_ID.
    package let mountID: UInt64
    /// STATX_ATTR_*: immutable, append-only and so on.
    package let flags: UInt64

    package var kind: FileKind { FileKind(mode: mode) }
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    /// STATX_ATTR_IMMUTABLE and STATX_ATTR_APPEND, as chattr(1) sets them.
    package var isImmutable: Bool { flags & 0x10 != 0 }
    package var isAppendOnly: Bool { flags & 0x20 != 0 }

    /// The entry `name` of this directory, links not followed and automounts not set off; the descriptor itself with an
    /// empty name.
    package static func of(_ name: CName, in directory: FileReference) throws(Errno) -> EntryStatus {
        var raw = statx()
        // STATX_TYPE, MODE, NLINK, UID, GID, CTIME, INO.
        let mask: UInt32 = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100 | UInt32(STATX_BTIME) | UInt32(STATX_MNT_ID)
        let flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT
        _ = try errnoCall { berth_statx(directory.number, name, flags, mask, &raw) }
        return EntryStatus(raw)
    }

    /// An open file, O_PATH descriptors among them.
    package static func of(_ file: FileReference) throws(Errno) -> EntryStatus { try of("", in: file) }

    /// Of a regular file that there need not be.
    package init(linkCount: UInt32, changeTime: Int64) {
        self.init(statx())
        self.linkCount = linkCount
        self.changeTime = changeTime
    }

    private init(_ raw: borrowing statx) {
        mode = mode_t(raw.stx_mode)
        linkCount = raw.stx_nlink
        user = raw.stx_uid
        group = raw.stx_gid
        identity = FileIdentity(
            device: UInt64(berth_makedev(raw.stx_dev_major, raw.stx_dev_minor)), inode: raw.stx_ino)
        changeTime = raw.stx_ctime.tv_sec &* 1_000_000_000 &+ Int64(raw.stx_ctime.tv_nsec)
        let keepsBirth = raw.stx_mask & UInt32(STATX_BTIME) != 0
        birth = keepsBirth ? raw.stx_btime.tv_sec &* 1_000_000_000 &+ Int64(raw.stx_btime.tv_nsec) : 0
        mountID = raw.stx_mnt_id
        flags = raw.stx_attributes
    }
}

extension OpenFile where Self: ~Copyable {
    /// Whether this file, which an O_PATH descriptor may stand for, has file capabilities: capabilities(7). nil where that
    /// cannot be seen, since /proc is not mounted. `descriptors` is the path under which this process's are found.
    package func hasFileCapabilities(under descriptors: StaticString) throws(Errno) -> Bool? {
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        let path = "\(descriptors)\(number)"
        do { return try FollowedPath.attribute(path, "security.capability", into: nothing) > 0 } catch {
            if error == Errno(ENODATA) || error == Errno(ENOTSUP) { return false }
            // The descriptor is open: only the way to it can be missing.
            if error == Errno(ENOENT) { return nil }
            throw error
        }
    }

    /// flock(2), LOCK_EX and LOCK_NB: false where somebody else holds the lock.
    package func tryLock() throws(Errno) -> Bool {
        do { _ = try errnoCall { flock(number, LOCK_EX | LOCK_NB) } } catch {
            if error == Errno(EWOULDBLOCK) { return false }
            throw error
        }
        return true
    }

    /// flock(2), LOCK_UN: also of the duplicates of this descriptor that children have had since they were forked.
    package func unlock() { flock(number, LOCK_UN) }
}
