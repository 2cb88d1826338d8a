import CLinux
import Glibc

extension OpenFile where Self: ~Copyable {
    /// The number of linux/magic.h of the file system that this file lies on, fstatfs(2), such as 0x6969 for NFS.
    package func fileSystemType() throws(Errno) -> UInt32 {
        var answer = statfs()
        _ = try errnoCall { fstatfs(number, &answer) }
        return UInt32(truncatingIfNeeded: answer.f_type)
    }

    /// It lies on a file system that tells of all errors with the write, and of none with close(2), as remote ones may.
    package func reportsErrorsWithWrites() throws(Errno) -> Bool {
        let types =
            [EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC].map { UInt32($0) }
            + [BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC].map { UInt32($0) }
        return types.contains(try fileSystemType())
    }
}
