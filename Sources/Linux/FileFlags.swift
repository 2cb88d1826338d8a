import Glibc

/// What ioctl_iflags(2) and ioctl_xfs_fsgetxattr(2) read and set of a file: the flags that lsattr(1) shows.
package enum FileFlags: Sendable, CaseIterable {
    /// 32 bits, FS_*_FL.
    case plain
    /// `struct fsxattr`: FS_XFLAG_*, hints, and the project.
    case extended

    /// In bytes.
    package var size: Int { self == .plain ? 4 : 28 }

    /// FS_IOC_GETFLAGS, FS_IOC_FSGETXATTR.
    package var reading: UInt32 { self == .plain ? 0x8008_6601 : 0x801c_581f }
    /// FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR.
    package var setting: UInt32 { self == .plain ? 0x4008_6602 : 0x401c_5820 }

    /// Which of the first 32 bits say that a file is immutable or append-only: CAP_LINUX_IMMUTABLE changes them.
    package var immutableBits: UInt32 { self == .plain ? 0x30 : 0x18 }
}

extension OpenFile where Self: ~Copyable {
    /// Reads the flags into the first `kind.size` bytes of `room`; ENOTTY where the file system keeps none.
    package func readFlags(_ kind: FileFlags, into room: UnsafeMutableRawPointer) throws(Errno) {
        _ = try errnoCall { ioctl(number, UInt(kind.reading), room) }
    }

    /// Sets the flags to the first `kind.size` bytes of `flags`, as far as the owner of this process may.
    package func setFlags(_ kind: FileFlags, to flags: UnsafeRawPointer) throws(Errno) {
        _ = try errnoCall { ioctl(number, UInt(kind.setting), UnsafeMutableRawPointer(mutating: flags)) }
    }
}
