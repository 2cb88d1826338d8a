import CLinux
import Glibc

/// What statx(2) says of a file.
package struct FileAttributes: Sendable {
    /// As stat(2) would have it.
    package var status: stat
    /// When the inode was made, in nanoseconds; 0 where the file system does not keep it. With device and inode it
    /// tells a file from a later one that was given the same inode.
    package var birth: Int64
    /// The number in mountinfo of the mount it lies on, STATX_MNT_ID.
    package var mountID: UInt64

    package var identity: FileIdentity { status.identity }
    package var kind: FileKind { status.kind }

    private init(_ raw: statx) {
        var status = stat()
        status.st_dev = berth_makedev(raw.stx_dev_major, raw.stx_dev_minor)
        status.st_rdev = berth_makedev(raw.stx_rdev_major, raw.stx_rdev_minor)
        status.st_ino = ino_t(raw.stx_ino)
        status.st_mode = mode_t(raw.stx_mode)
        status.st_nlink = nlink_t(raw.stx_nlink)
        status.st_uid = raw.stx_uid
        status.st_gid = raw.stx_gid
        status.st_size = off_t(bitPattern: UInt(raw.stx_size))
        status.st_blksize = blksize_t(raw.stx_blksize)
        status.st_blocks = blkcnt_t(raw.stx_blocks)
        status.st_atim = raw.stx_atime.time
        status.st_mtim = raw.stx_mtime.time
        status.st_ctim = raw.stx_ctime.time
        self.status = status
        let keepsBirth = raw.stx_mask & UInt32(STATX_BTIME) != 0
        birth = keepsBirth ? raw.stx_btime.tv_sec &* 1_000_000_000 &+ Int64(raw.stx_btime.tv_nsec) : 0
        mountID = raw.stx_mnt_id
    }

    /// The attributes of `name` in this directory, links not followed; of the descriptor itself with an empty name.
    package static func of(_ name: CName, in directory: FileReference) throws(Errno) -> FileAttributes {
        var raw = statx()
        let mask = UInt32(STATX_BASIC_STATS) | UInt32(STATX_BTIME) | UInt32(STATX_MNT_ID)
        _ = try errnoCall {
            berth_statx(directory.number, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, mask, &raw)
        }
        return FileAttributes(raw)
    }

    /// The attributes of an open file.
    package static func of(_ file: FileReference) throws(Errno) -> FileAttributes { try of("", in: file) }
}

extension statx_timestamp {
    fileprivate var time: timespec { timespec(tv_sec: Int(tv_sec), tv_nsec: Int(tv_nsec)) }
}

extension OpenFile where Self: ~Copyable {
    /// The number in mountinfo of the mount this descriptor lies on, STATX_MNT_ID.
    package func mountID() throws(SystemError) -> Int {
        do { return Int(try FileAttributes.of(FileReference(number)).mountID) } catch {
            throw SystemError("statx", on: "descriptor \(number)", error)
        }
    }
}

/// makedev(3).
package func deviceNumber(major: UInt32, minor: UInt32) -> dev_t { berth_makedev(major, minor) }
