import CRawCalls
import Glibc

/// One way to change a tree. It works in a directory of its own, which holds `file`, `other`, `link` and `dir/inner`.
private struct Write: Sendable {
    let name: String
    let expected: [Int32]
    let body: @Sendable (_ at: String, _ home: String) throws -> Void

    init(
        _ name: String, _ expected: [Int32] = readOnly, _ body: @escaping @Sendable (String, String) throws -> Void
    ) {
        self.name = name
        self.expected = expected
        self.body = body
    }
}

/// Makes in the source of a shared tree the directories that the attempts are made in.
func prepareSharedTree(_ root: String) -> Bool {
    for write in writes {
        let at = "\(root)/\(write.name)"
        guard mkdir(at, 0o777) == 0, mkdir(at + "/dir", 0o777) == 0, symlink("file", at + "/link") == 0 else {
            return false
        }
        for name in ["file", "other", "dir/inner"] {
            let file = raw_openat(AT_FDCWD, "\(at)/\(name)", O_WRONLY | O_CREAT | O_EXCL, 0o666)
            if file == -1 || Glibc.write(file, "canary", 6) != 6 { return false }
            setxattr("\(at)/\(name)", "user.canary", "x", 1, 0)
            close(file)
        }
    }
    return true
}

/// Every way to write, by every path that leads to the shared tree.
func writeAttempts(in situation: Situation) -> [Attempt] {
    if situation.shared.isEmpty { return [] }
    var paths = [("shared", situation.shared), ("shared through its own root", "/proc/self/root" + situation.shared)]
    if situation.isRehearsal { paths = [paths[0]] }  // The others lead to the same files, which are changed by then.
    if !situation.sharedSource.isEmpty && !situation.isRehearsal {
        paths.append(("source", situation.sharedSource))
        paths.append(("source through its own root", "/proc/self/root" + situation.sharedSource))
        for victim in situation.victims {
            paths.append(
                ("source through the root of process \(victim)", "/proc/\(victim)/root\(situation.sharedSource)"))
            paths.append(("working directory of process \(victim)", "/proc/\(victim)/cwd"))
        }
    }
    return paths.flatMap { name, path in
        writes.map { write in
            // EACCES: the root of another process is out of reach; ENOENT: there is nothing in it.
            let foreign = path.hasPrefix("/proc/") && !path.hasPrefix("/proc/self/")
            let covered = situation.sourcesAreCovered && name.hasPrefix("source")
            let expected = write.expected + (foreign ? [EACCES, EPERM, ENOENT] : covered ? [ENOENT] : [])
            return Attempt(.shared, "\(write.name): \(name)", refusedWith: expected) {
                try write.body("\(path)/\(write.name)", $0.home)
            }
        }
    }
}

/// Opens for reading, then reopens the descriptor with more.
private func reopen(_ path: String, _ flags: Int32, reading: Int32 = O_RDONLY) throws -> Int32 {
    try open("/proc/self/fd/\(try open(path, reading))", flags)
}

private func writeByte(_ file: Int32) throws { try need("write", Glibc.write(file, "x", 1)) }

private let writes: [Write] = nameWrites + dataWrites + attributeWrites

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
    Write("rename out", [EXDEV, EROFS]) { at, home in try need("rename", rename(at + "/file", home + "/moved-out")) },
    Write("rename in", [EXDEV, EROFS]) { at, home in
        let mine = home + "/to-move-in"
        try writeByte(try open(mine, O_WRONLY | O_CREAT))
        defer { unlink(mine) }
        try need("rename", rename(mine, at + "/new"))
    },
    Write("hard link") { at, _ in try need("link", link(at + "/file", at + "/new")) },
    Write("hard link in", [EXDEV, EROFS]) { at, home in
        let mine = home + "/to-link-in"
        try writeByte(try open(mine, O_WRONLY | O_CREAT))
        defer { unlink(mine) }
        try need("link", link(mine, at + "/new"))
    },
    Write("hard link out, then write", [EXDEV, EROFS]) { at, home in
        try need("link", link(at + "/file", home + "/linked-out"))
        try writeByte(try open(home + "/linked-out", O_WRONLY))
    },
    Write("unnamed file, then a name", [EROFS, EOPNOTSUPP]) { at, _ in
        let file = try open(at, O_RDWR | raw_tmpfile)
        try need("linkat", linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, at + "/new", AT_SYMLINK_FOLLOW))
    },
]

private let dataWrites: [Write] = [
    Write("open for writing") { at, _ in try writeByte(try open(at + "/file", O_WRONLY)) },
    Write("open for reading and writing") { at, _ in try writeByte(try open(at + "/file", O_RDWR)) },
    Write("open to append") { at, _ in try writeByte(try open(at + "/file", O_WRONLY | O_APPEND)) },
    Write("open to truncate") { at, _ in close(try open(at + "/file", O_WRONLY | O_TRUNC)) },
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
    Write("write to a descriptor for reading", [EBADF]) { at, _ in try writeByte(try open(at + "/file", O_RDONLY)) },
    Write("truncate") { at, _ in try need("truncate", truncate(at + "/file", 1)) },
    Write("truncate a descriptor for reading", [EINVAL, EBADF, EROFS]) { at, _ in
        try need("ftruncate", ftruncate(try open(at + "/file", O_RDONLY), 1))
    },
    Write("allocate", [EBADF, EROFS]) { at, _ in
        try need("fallocate", fallocate(try open(at + "/file", O_RDONLY), 0, 0, 4096))
    },
    Write("allocate by a descriptor for writing") { at, _ in
        try need("fallocate", fallocate(try open(at + "/file", O_RDWR), 0, 0, 4096))
    },
    Write("map shared and writable", [EACCES]) { at, _ in
        let file = try open(at + "/file", O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
    },
    Write("map shared, then make it writable", [EACCES]) { at, _ in
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
    Write("write past a private mapping through its memory", [EACCES, EFAULT, EIO]) { at, _ in
        // A write through /proc/PID/mem to a private mapping must copy the page, never reach the file.
        let file = try open(at + "/file", O_RDONLY)
        let address = mmap(nil, 4096, PROT_READ, MAP_PRIVATE, file, 0)
        try need("mmap", address == MAP_FAILED ? -1 : 0)
        let memory = try open("/proc/self/mem", O_RDWR)
        try need("pwrite", pwrite(memory, "X", 1, off_t(Int(bitPattern: address))))
        try needs(text(of: at + "/file").hasPrefix("X"), "the file is as it was")
    },
    Write("copy into a descriptor for reading", [EBADF, EROFS]) { at, _ in
        let from = try open(at + "/other", O_RDONLY)
        let to = try open(at + "/file", O_RDONLY)
        try need("copy_file_range", copy_file_range(from, nil, to, nil, 6, 0))
    },
    Write("clone into a file", [EROFS, EBADF, EOPNOTSUPP, EXDEV]) { at, _ in
        let from = try open(at + "/other", O_RDONLY)
        let to = try open(at + "/file", O_RDONLY)
        try need("FICLONE", call(Int32(SYS_ioctl), Int(to), Int(raw_ficlone), Int(from)))
    },
    Write("open by a handle", needsPower + [EOPNOTSUPP, ESTALE]) { at, _ in
        try writeByte(try openByHandle(of: at + "/file", O_WRONLY))
    },
]

private let attributeWrites: [Write] = [
    Write("chmod") { at, _ in try need("chmod", chmod(at + "/file", 0o600)) },
    Write("chmod of a directory") { at, _ in try need("chmod", chmod(at + "/dir", 0o700)) },
    Write("fchmod of a descriptor for reading") { at, _ in
        try need("fchmod", fchmod(try open(at + "/file", O_RDONLY), 0o600))
    },
    Write("chown") { at, _ in try need("chown", chown(at + "/file", getuid(), getgid())) },
    Write("fchown of a descriptor for reading") { at, _ in
        try need("fchown", fchown(try open(at + "/file", O_RDONLY), getuid(), getgid()))
    },
    Write("times") { at, _ in
        try need("utimensat", utimensat(AT_FDCWD, at + "/file", [timespec(), timespec()], 0))
    },
    Write("times of a descriptor for reading") { at, _ in
        try need("futimens", futimens(try open(at + "/file", O_RDONLY), [timespec(), timespec()]))
    },
    Write("set an attribute") { at, _ in try need("setxattr", setxattr(at + "/file", "user.new", "x", 1, 0)) },
    Write("set an attribute of a descriptor") { at, _ in
        try need("fsetxattr", fsetxattr(try open(at + "/file", O_RDONLY), "user.new", "x", 1, 0))
    },
    Write("remove an attribute") { at, _ in try need("removexattr", removexattr(at + "/file", "user.canary")) },
    Write("inode flags", [EROFS, ENOTTY, EOPNOTSUPP, ENOSYS, EPERM]) { at, _ in
        let file = try open(at + "/file", O_RDONLY)
        var flags = 0x80  // FS_NOATIME_FL: needs no capability.
        try need("FS_IOC_SETFLAGS", raw_ioctl(file, raw_fs_ioc_setflags, &flags))
    },
    Write("access says writable") { at, _ in try need("access", access(at + "/file", W_OK)) },
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
