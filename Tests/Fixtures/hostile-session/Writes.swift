import CRawCalls
import Glibc

/// Opens for reading, then reopens the descriptor with more.
private func reopen(_ path: String, _ flags: Int32, reading: Int32 = O_RDONLY) throws -> Int32 {
    try open("/proc/self/fd/\(try open(path, reading))", flags)
}

private func writeByte(_ file: Int32) throws { try need("write", Glibc.write(file, "x", 1)) }

let writes: [Write] = nameWrites + dataWrites + attributeWrites

private let nameWrites: [Write] = [
    Write("create") { at, _ in try writeByte(try open(at + "/new", O_WRONLY | O_CREAT)) },
    Write("mkdir") { at, _ in try need("mkdir", mkdir(at + "/new", 0o755)) },
    Write("mknod") { at, _ in try need("mknod", mknod(at + "/new", S_IFREG | 0o644, 0)) },
    Write("mkfifo") { at, _ in try need("mkfifo", mkfifo(at + "/new", 0o644)) },
    Write("symlink") { at, _ in try need("symlink", symlink("file", at + "/new")) },
    Write("socket") { at, _ in
        let end = try need("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        try need("chdir", chdir(at))
        try need("bind", raw_bind_unix(end, "new"))
    },
    Write("unlink") { at, _ in try need("unlink", unlink(at + "/file")) },
    Write("unlink of a link") { at, _ in try need("unlink", unlink(at + "/link")) },
    Write("rmdir") { at, _ in
        try need("unlink", unlink(at + "/dir/inner"))
        try need("rmdir", rmdir(at + "/dir"))
    },
    Write("rename") { at, _ in try need("rename", rename(at + "/file", at + "/new")) },
    Write("rename over") { at, _ in try need("rename", rename(at + "/file", at + "/other")) },
    Write("rename in exchange") { at, _ in
        let done = (at + "/file").withCString { from in
            (at + "/other").withCString { to in
                call(Int32(SYS_renameat2), Int(AT_FDCWD), Int(bitPattern: from), Int(AT_FDCWD), Int(bitPattern: to), 2)
            }
        }
        try need("renameat2", done)
    },
    Write("rename out", [EXDEV, EROFS], .nothing) { at, home in
        try need("rename", rename(at + "/file", home + "/moved-out"))
    },
    Write("rename in", [EXDEV, EROFS], .nothing) { at, home in
        let mine = home + "/to-move-in"
        try writeByte(try open(mine, O_WRONLY | O_CREAT))
        defer { unlink(mine) }
        try need("rename", rename(mine, at + "/new"))
    },
    Write("hard link") { at, _ in try need("link", link(at + "/file", at + "/new")) },
    Write("hard link in", [EXDEV, EROFS], .nothing) { at, home in
        let mine = home + "/to-link-in"
        try writeByte(try open(mine, O_WRONLY | O_CREAT))
        defer { unlink(mine) }
        try need("link", link(mine, at + "/new"))
    },
    Write("hard link out, then write", [EXDEV, EROFS], .nothing) { at, home in
        try need("link", link(at + "/file", home + "/linked-out"))
        try writeByte(try open(home + "/linked-out", O_WRONLY))
    },
    Write("unnamed file, then a name", [EROFS, EOPNOTSUPP], .notThroughFuse) { at, _ in
        let file = try open(at, O_RDWR | raw_tmpfile)
        try need("linkat", linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, at + "/new", AT_SYMLINK_FOLLOW))
    },
]

private let dataWrites: [Write] = [
    Write("open for writing") { at, _ in try writeByte(try open(at + "/file", O_WRONLY)) },
    Write("open for reading and writing") { at, _ in try writeByte(try open(at + "/file", O_RDWR)) },
    Write("open to append") { at, _ in try writeByte(try open(at + "/file", O_WRONLY | O_APPEND)) },
    Write("open to truncate") { at, _ in try writeByte(try open(at + "/file", O_WRONLY | O_TRUNC)) },
    Write("open for reading, truncating") { at, _ in
        close(try open(at + "/file", O_RDONLY | O_TRUNC))
        try needs(text(of: at + "/file").isEmpty, "the file is as it was")
    },
    Write("open through a link") { at, _ in try writeByte(try open(at + "/link", O_WRONLY)) },
    Write("reopen a descriptor for writing") { at, _ in try writeByte(try reopen(at + "/file", O_WRONLY)) },
    Write("reopen a path-only descriptor for writing") { at, _ in
        try writeByte(try reopen(at + "/file", O_RDWR, reading: O_PATH))
    },
    Write("create below a directory's descriptor") { at, _ in
        let directory = try open(at + "/dir", O_PATH | O_DIRECTORY)
        let file = try need("openat", raw_openat(directory, "../new", O_WRONLY | O_CREAT, 0o644))
        try writeByte(file)
    },
    Write("write to a descriptor for reading", [EBADF], .nothing) { at, _ in
        try writeByte(try open(at + "/file", O_RDONLY))
    },
    Write("truncate") { at, _ in try need("truncate", truncate(at + "/file", 1)) },
    Write("truncate a descriptor for reading", [EINVAL, EBADF, EROFS], .nothing) { at, _ in
        try need("ftruncate", ftruncate(try open(at + "/file", O_RDONLY), 1))
    },
    Write("allocate", [EBADF, EROFS], .nothing) { at, _ in
        try need("fallocate", fallocate(try open(at + "/file", O_RDONLY), 0, 0, 4096))
    },
    Write("allocate by a descriptor for writing") { at, _ in
        try need("fallocate", fallocate(try open(at + "/file", O_RDWR), 0, 0, 4096))
    },
    Write("map shared and writable", [EACCES], .nothing) { at, _ in
        let file = try open(at + "/file", O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
    },
    Write("map shared, then make it writable", [EACCES], .nothing) { at, _ in
        let file = try open(at + "/file", O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ, MAP_SHARED, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
        try need("mprotect", mprotect(address, 4096, PROT_READ | PROT_WRITE))
    },
    Write("map a descriptor for writing") { at, _ in
        let file = try open(at + "/file", O_RDWR)
        let address = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
        address!.storeBytes(of: 0x78, as: UInt8.self)
        try need("msync", msync(address, 4096, MS_SYNC))
    },
    Write("write past a private mapping through its memory", [EACCES, EFAULT, EIO], .nothing) { at, _ in
        // A write through /proc/PID/mem to a private mapping must copy the page, never reach the file.
        let file = try open(at + "/file", O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ, MAP_PRIVATE, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
        let memory = try open("/proc/self/mem", O_RDWR)
        try need("pwrite", pwrite(memory, "X", 1, off_t(Int(bitPattern: address))))
        try needs(text(of: at + "/file").hasPrefix("X"), "the file is as it was")
    },
    Write("copy into a descriptor for reading", [EBADF, EROFS], .nothing) { at, _ in
        let from = try open(at + "/other", O_RDONLY)
        let to = try open(at + "/file", O_RDONLY)
        try need("copy_file_range", copy_file_range(from, nil, to, nil, 6, 0))
    },
    Write("clone into a file", [EROFS, EBADF, EOPNOTSUPP, EXDEV], .nothing) { at, _ in
        let from = try open(at + "/other", O_RDONLY)
        let to = try open(at + "/file", O_RDONLY)
        try need("FICLONE", call(Int32(SYS_ioctl), Int(to), Int(raw_ficlone), Int(from)))
    },
    Write("open by a handle", needsPower + [EOPNOTSUPP, ESTALE], .nothing) { at, _ in
        try writeByte(try openByHandle(of: at + "/file", O_WRONLY))
    },
]

private let attributeWrites: [Write] = [
    Write("chmod", readOnly, .attributes) { at, _ in try need("chmod", chmod(at + "/file", 0o600)) },
    Write("chmod of a directory", readOnly, .attributes) { at, _ in try need("chmod", chmod(at + "/dir", 0o700)) },
    Write("fchmod of a descriptor for reading", readOnly, .attributes) { at, _ in
        try need("fchmod", fchmod(try open(at + "/file", O_RDONLY), 0o600))
    },
    Write("chown", readOnly, .attributes) { at, _ in try need("chown", chown(at + "/file", getuid(), getgid())) },
    Write("fchown of a descriptor for reading", readOnly, .attributes) { at, _ in
        try need("fchown", fchown(try open(at + "/file", O_RDONLY), getuid(), getgid()))
    },
    Write("times", readOnly, .attributes) { at, _ in
        try need("utimensat", utimensat(AT_FDCWD, at + "/file", [timespec(), timespec()], 0))
    },
    Write("times of a descriptor for reading", readOnly, .attributes) { at, _ in
        try need("futimens", futimens(try open(at + "/file", O_RDONLY), [timespec(), timespec()]))
    },
    Write("set an attribute", readOnly, .attributes) { at, _ in
        try need("setxattr", setxattr(at + "/file", "user.new", "x", 1, 0))
    },
    Write("set an attribute of a descriptor", readOnly, .attributes) { at, _ in
        try need("fsetxattr", fsetxattr(try open(at + "/file", O_RDONLY), "user.new", "x", 1, 0))
    },
    Write("remove an attribute", readOnly, .attributes) { at, _ in
        try need("removexattr", removexattr(at + "/file", "user.canary"))
    },
    Write("inode flags", [EROFS, ENOTTY, EOPNOTSUPP, ENOSYS, EPERM], .attributes) { at, _ in
        let file = try open(at + "/file", O_RDONLY)
        var flags = 0x80  // FS_NOATIME_FL: needs no capability.
        try need("FS_IOC_SETFLAGS", raw_ioctl(file, raw_fs_ioc_setflags, &flags))
    },
    Write("access says writable", readOnly, .claims) { at, _ in try need("access", access(at + "/file", W_OK)) },
]

/// name_to_handle_at(2), open_by_handle_at(2).
func openByHandle(of path: String, _ flags: Int32) throws -> Int32 {
    var handle = [UInt8](repeating: 0, count: 8 + 128)
    handle[0] = 128
    var mount: Int32 = 0
    let named = handle.withUnsafeMutableBytes { handle in
        withUnsafeMutablePointer(to: &mount) { mount in
            call(
                Int32(SYS_name_to_handle_at), path: path, at: 1, Int(AT_FDCWD), Int(bitPattern: handle.baseAddress!),
                Int(bitPattern: mount), 0)
        }
    }
    try need("name_to_handle_at", named)
    let directory = try open(path, O_RDONLY)
    let opened = handle.withUnsafeMutableBytes {
        call(Int32(SYS_open_by_handle_at), Int(directory), Int(bitPattern: $0.baseAddress!), Int(flags))
    }
    return Int32(try need("open_by_handle_at", opened))
}
