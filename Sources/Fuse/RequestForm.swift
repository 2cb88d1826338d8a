import CFuse

/// What follows the header of a request: a structure of so many bytes, and so many names.
struct RequestForm {
    var size: Int
    var names: Int

    /// The part of `struct fuse_setxattr_in` that is sent without FUSE_SETXATTR_EXT.
    static let attributeSize = 8
    /// The part of `struct fuse_init_in` that every kernel since 2.6.15 sends; FUSE_INIT_EXT says that there is more.
    static let greetingSize = 16

    init(_ operation: fuse_opcode) {
        let form = Self.forms[operation.rawValue] ?? (0, 0)
        size = form.0
        names = form.1
    }

    private static let forms: [UInt32: (Int, Int)] = [
        FUSE_INIT.rawValue: (greetingSize, 0),
        FUSE_LOOKUP.rawValue: (0, 1),
        FUSE_FORGET.rawValue: (MemoryLayout<fuse_forget_in>.size, 0),
        FUSE_BATCH_FORGET.rawValue: (MemoryLayout<fuse_batch_forget_in>.size, 0),
        FUSE_INTERRUPT.rawValue: (MemoryLayout<fuse_interrupt_in>.size, 0),
        FUSE_GETATTR.rawValue: (MemoryLayout<fuse_getattr_in>.size, 0),
        FUSE_SETATTR.rawValue: (MemoryLayout<fuse_setattr_in>.size, 0),
        FUSE_SYMLINK.rawValue: (0, 2),
        FUSE_MKNOD.rawValue: (MemoryLayout<fuse_mknod_in>.size, 1),
        FUSE_MKDIR.rawValue: (MemoryLayout<fuse_mkdir_in>.size, 1),
        FUSE_UNLINK.rawValue: (0, 1),
        FUSE_RMDIR.rawValue: (0, 1),
        FUSE_RENAME.rawValue: (MemoryLayout<fuse_rename_in>.size, 2),
        FUSE_RENAME2.rawValue: (MemoryLayout<fuse_rename2_in>.size, 2),
        FUSE_LINK.rawValue: (MemoryLayout<fuse_link_in>.size, 1),
        FUSE_OPEN.rawValue: (MemoryLayout<fuse_open_in>.size, 0),
        FUSE_OPENDIR.rawValue: (MemoryLayout<fuse_open_in>.size, 0),
        FUSE_CREATE.rawValue: (MemoryLayout<fuse_create_in>.size, 1),
        FUSE_READ.rawValue: (MemoryLayout<fuse_read_in>.size, 0),
        FUSE_READDIR.rawValue: (MemoryLayout<fuse_read_in>.size, 0),
        FUSE_READDIRPLUS.rawValue: (MemoryLayout<fuse_read_in>.size, 0),
        FUSE_WRITE.rawValue: (MemoryLayout<fuse_write_in>.size, 0),
        FUSE_FLUSH.rawValue: (MemoryLayout<fuse_flush_in>.size, 0),
        FUSE_RELEASE.rawValue: (MemoryLayout<fuse_release_in>.size, 0),
        FUSE_RELEASEDIR.rawValue: (MemoryLayout<fuse_release_in>.size, 0),
        FUSE_FSYNC.rawValue: (MemoryLayout<fuse_fsync_in>.size, 0),
        FUSE_FSYNCDIR.rawValue: (MemoryLayout<fuse_fsync_in>.size, 0),
        FUSE_SETXATTR.rawValue: (attributeSize, 1),
        FUSE_GETXATTR.rawValue: (MemoryLayout<fuse_getxattr_in>.size, 1),
        FUSE_LISTXATTR.rawValue: (MemoryLayout<fuse_getxattr_in>.size, 0),
        FUSE_REMOVEXATTR.rawValue: (0, 1),
        FUSE_ACCESS.rawValue: (MemoryLayout<fuse_access_in>.size, 0),
        FUSE_GETLK.rawValue: (MemoryLayout<fuse_lk_in>.size, 0),
        FUSE_SETLK.rawValue: (MemoryLayout<fuse_lk_in>.size, 0),
        FUSE_SETLKW.rawValue: (MemoryLayout<fuse_lk_in>.size, 0),
        FUSE_BMAP.rawValue: (MemoryLayout<fuse_bmap_in>.size, 0),
        FUSE_IOCTL.rawValue: (MemoryLayout<fuse_ioctl_in>.size, 0),
        FUSE_POLL.rawValue: (MemoryLayout<fuse_poll_in>.size, 0),
        FUSE_FALLOCATE.rawValue: (MemoryLayout<fuse_fallocate_in>.size, 0),
        FUSE_LSEEK.rawValue: (MemoryLayout<fuse_lseek_in>.size, 0),
        FUSE_COPY_FILE_RANGE.rawValue: (MemoryLayout<fuse_copy_file_range_in>.size, 0),
    ]
}
