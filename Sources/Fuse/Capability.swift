import CFuse

/// What the kernel or libfuse can do if both want it, FUSE_CAP_* of fuse_common.h.
package struct Capability: Sendable {
    package let rawValue: UInt32

    /// Signed in 3.14, unsigned and longer in 3.17 and later.
    private init(_ rawValue: some BinaryInteger) { self.rawValue = UInt32(truncatingIfNeeded: rawValue) }

    package static let asynchronousReads = Capability(FUSE_CAP_ASYNC_READ)
    /// open(2) with O_TRUNC arrives as one request.
    package static let truncateOnOpen = Capability(FUSE_CAP_ATOMIC_O_TRUNC)
    /// Lookups and listings in one directory may come at the same time.
    package static let parallelDirectories = Capability(FUSE_CAP_PARALLEL_DIROPS)
    package static let readDirectoryPlus = Capability(FUSE_CAP_READDIRPLUS)
    /// The kernel asks for attributes with a listing where it has seen lookups in it.
    package static let automaticPlus = Capability(FUSE_CAP_READDIRPLUS_AUTO)
    /// The file system clears set-id bits on writes, truncations and changes of owner.
    package static let clearsSetID = Capability(FUSE_CAP_HANDLE_KILLPRIV)
    /// The kernel does not apply the umask: default ACLs take its place where there are some.
    package static let leavesUmask = Capability(FUSE_CAP_DONT_MASK)
    package static let cachedLinks = Capability(FUSE_CAP_CACHE_SYMLINKS)
    /// Cached data goes when attributes show that the file has changed.
    package static let invalidatesChangedData = Capability(FUSE_CAP_AUTO_INVAL_DATA)
    /// open and opendir may be answered ENOSYS: from then on the kernel opens by itself.
    package static let withoutOpen = Capability(FUSE_CAP_NO_OPEN_SUPPORT)
    package static let withoutOpenDirectory = Capability(FUSE_CAP_NO_OPENDIR_SUPPORT)
    /// The kernel keeps to POSIX ACLs, acl(5), when it checks permissions.
    package static let accessControlLists = Capability(FUSE_CAP_POSIX_ACL)
    /// ioctl(2) of directories.
    package static let controlsDirectories = Capability(FUSE_CAP_IOCTL_DIR)
    /// The kernel asks for record locks, fcntl(2), instead of keeping them with the mount.
    package static let recordLocks = Capability(FUSE_CAP_POSIX_LOCKS)
    /// The same for flock(2).
    package static let wholeFileLocks = Capability(FUSE_CAP_FLOCK_LOCKS)
    package static let asynchronousDirectIO = Capability(FUSE_CAP_ASYNC_DIO)

    package func isIn(_ set: UInt32) -> Bool { set & rawValue != 0 }
}
