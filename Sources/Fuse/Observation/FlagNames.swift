import CFuse
import Glibc

/// The names of a set of flags, in the order in which they are told; where one holds another's bits, it comes first.
struct FlagNames: Sendable {
    let names: [(bits: UInt64, name: String)]

    /// The flags that are set; bits without a name as one hexadecimal number at the end.
    func callAsFunction(_ bits: some FixedWidthInteger) -> DetailValue {
        var rest = UInt64(truncatingIfNeeded: bits)
        var found: [String] = []
        for (bits, name) in names where rest & bits == bits {
            found.append(name)
            rest &= ~bits
        }
        if rest != 0 { found.append("0x" + String(rest, radix: 16)) }
        return .names(found)
    }

    /// The names of consecutive bits from 0 on.
    init(inOrder words: String) {
        names = words.split(separator: " ").enumerated().map { (1 << UInt64($0.offset), String($0.element)) }
    }

    init(_ names: [(Int32, String)]) { self.names = names.map { (UInt64(UInt32(bitPattern: $0.0)), $0.1) } }
}

extension FlagNames {
    /// Those of FUSE_INIT, without FUSE_ and in lower case. The headers of Debian 12 end at 35.
    static let capabilities = FlagNames(
        inOrder: "async_read posix_locks file_ops atomic_o_trunc export_support big_writes dont_mask splice_write "
            + "splice_move splice_read flock_locks has_ioctl_dir auto_inval_data do_readdirplus readdirplus_auto "
            + "async_dio writeback_cache no_open_support parallel_dirops handle_killpriv posix_acl abort_error "
            + "max_pages cache_symlinks no_opendir_support explicit_inval_data map_alignment submounts "
            + "handle_killpriv_v2 setxattr_ext init_ext init_reserved security_ctx has_inode_dax create_supp_group "
            + "has_expire_only direct_io_allow_mmap passthrough no_export_support has_resend allow_idmap "
            + "over_io_uring request_timeout")

    /// open(2): the access mode, and what goes with it. Not O_LARGEFILE, which the kernel always tells.
    static func openFlags(_ flags: UInt32) -> DetailValue {
        let modes = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"]
        guard case .names(let others) = others(flags & ~(UInt32(O_ACCMODE) | largeFile)) else { return .names([]) }
        return .names([modes[Int(flags & UInt32(O_ACCMODE))]] + others)
    }

    private static let largeFile: UInt32 = 0o100000

    private static let others = FlagNames([
        (O_CREAT, "O_CREAT"), (O_EXCL, "O_EXCL"), (O_NOCTTY, "O_NOCTTY"), (O_TRUNC, "O_TRUNC"),
        (O_APPEND, "O_APPEND"), (O_NONBLOCK, "O_NONBLOCK"), (O_SYNC, "O_SYNC"), (O_DSYNC, "O_DSYNC"),
        (O_DIRECT, "O_DIRECT"), (O_TMPFILE, "O_TMPFILE"), (O_DIRECTORY, "O_DIRECTORY"), (O_NOFOLLOW, "O_NOFOLLOW"),
        (O_NOATIME, "O_NOATIME"), (O_CLOEXEC, "O_CLOEXEC"), (O_PATH, "O_PATH"), (O_ASYNC, "O_ASYNC"),
        // The kernel's own: opened for execve(2).
        (0x20, "FMODE_EXEC"),
    ])

    /// What the answer to an open asks of the kernel, FOPEN_* of fuse(4).
    static let opened = FlagNames(
        inOrder: "direct_io keep_cache nonseekable cache_dir stream noflush parallel_direct_writes passthrough")

    static let renaming = FlagNames(inOrder: "RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT")
    static let attributes = FlagNames(inOrder: "XATTR_CREATE XATTR_REPLACE")
    static let writing = FlagNames(inOrder: "cache lock_owner kill_suidgid")
    static let releasing = FlagNames(inOrder: "flush flock_unlock")
    static let control = FlagNames(inOrder: "compat unrestricted retry 32bit dir compat_x32")
    static let allocation = FlagNames(
        inOrder: "FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE FALLOC_FL_NO_HIDE_STALE FALLOC_FL_COLLAPSE_RANGE "
            + "FALLOC_FL_ZERO_RANGE FALLOC_FL_INSERT_RANGE FALLOC_FL_UNSHARE_RANGE")
    static let access = FlagNames([(R_OK, "R_OK"), (W_OK, "W_OK"), (X_OK, "X_OK")])

    static func lockType(_ type: UInt32) -> DetailValue {
        let names = [UInt32(F_RDLCK): "F_RDLCK", UInt32(F_WRLCK): "F_WRLCK", UInt32(F_UNLCK): "F_UNLCK"]
        return .word(names[type] ?? "\(type)")
    }

    static func whence(_ whence: UInt32) -> DetailValue {
        let names = ["SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE"]
        return .word(whence < names.count ? names[Int(whence)] : "\(whence)")
    }
}
