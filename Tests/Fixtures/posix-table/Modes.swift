import CRawCalls
import Glibc

private func mode(_ at: Scratch, _ name: String) throws -> mode_t { try at.status(name).st_mode & 0o7777 }

/// With another file mode creation mask.
func withMask(_ mask: mode_t, _ body: () throws -> Void) rethrows {
    let before = umask(mask)
    defer { umask(before) }
    try body()
}

let modeChecks: [Check] = [
    Check("mask-of-nothing") { at in
        try withMask(0) {
            try at.file("a", mode: 0o666)
            try at.directory("d", mode: 0o777)
            try must("mkfifo", mkfifo(at("p"), 0o666))
        }
        try expectEqual("file", try mode(at, "a"), 0o666)
        try expectEqual("directory", try mode(at, "d"), 0o777)
        try expectEqual("fifo", try mode(at, "p"), 0o666)
    },
    Check("mask-of-everything") { at in
        try withMask(0o777) {
            try at.file("a", mode: 0o666)
            try at.directory("d", mode: 0o777)
        }
        try expectEqual("file", try mode(at, "a"), 0)
        try expectEqual("directory", try mode(at, "d"), 0)
    },
    Check("mask-of-nodes") { at in
        try withMask(0o027) {
            try must("mkfifo", mkfifo(at("p"), 0o666))
            try must("mknod", mknod(at("a"), S_IFREG | 0o666, 0))
            try must("mknod of a socket", mknod(at("s"), S_IFSOCK | 0o666, 0))
        }
        for name in ["p", "a", "s"] { try expectEqual(name, try mode(at, name), 0o640) }
    },
    Check("mask-does-not-touch-chmod") { at in
        try at.file("a")
        try withMask(0o077) { try must("chmod", chmod(at("a"), 0o666)) }
        try expectEqual("mode", try mode(at, "a"), 0o666)
    },
    Check("mask-is-each-process's-own") { at in
        try inChild {
            umask(0o077)
            try at.file("a", mode: 0o666)
        }
        try at.file("b", mode: 0o666)
        try expectEqual("child's", try mode(at, "a"), 0o600)
        try expectEqual("parent's", try mode(at, "b"), 0o644)
    },
    Check("open-and-mkdir-with-special-bits") { at in
        let file = try must("open", at.open("a", O_RDWR | O_CREAT, mode: 0o4755))
        close(file)
        try at.directory("d", mode: 0o1777)
        try expectEqual("file", try mode(at, "a"), 0o4755)
        try expectEqual("directory", try mode(at, "d"), 0o1755)
    },
    Check("symbolic-link-has-every-right") { at in
        try withMask(0o077) { try must("symlink", symlink("x", at("l"))) }
        try expectEqual("mode", try mode(at, "l"), 0o777)
    },
    Check("chmod-follows-a-symbolic-link") { at in
        try at.file("a")
        try must("symlink", symlink("a", at("l")))
        try must("chmod", chmod(at("l"), 0o600))
        try expectEqual("mode", try mode(at, "a"), 0o600)
        try refused("the link itself", with: EOPNOTSUPP, by: fchmodat(AT_FDCWD, at("l"), 0o600, AT_SYMLINK_NOFOLLOW))
    },
    Check("chmod-leaves-the-kind") { at in
        try at.file("a")
        try must("chmod", chmod(at("a"), S_IFDIR | 0o600))
        try expectEqual("mode", try at.status("a").st_mode, S_IFREG | 0o600)
        try refused("missing", with: ENOENT, by: chmod(at("b"), 0o600))
    },
    Check("chmod-of-every-kind") { at in
        try at.directory("d")
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try must("mknod", mknod(at("s"), S_IFSOCK | 0o600, 0))
        for name in ["d", "p", "s"] {
            try must("chmod \(name)", chmod(at(name), 0o751))
            try expectEqual(name, try mode(at, name), 0o751)
        }
    },
    Check("chmod-of-a-descriptor-for-reading") { at in
        try at.file("a", "hello", mode: 0o444)
        let file = try must("open", at.open("a", O_RDONLY))
        let directory = try must("open", at.open(".", O_RDONLY))
        defer {
            close(file)
            close(directory)
        }
        try must("fchmod", fchmod(file, 0o640))
        try expectEqual("mode", try mode(at, "a"), 0o640)
        try must("fchmod of a directory", fchmod(directory, 0o711))
        try expectEqual("mode", try mode(at, "."), 0o711)
    },
    Check("chown-to-another-is-refused") { at in
        // An account that is not mapped is EINVAL in a user namespace.
        try at.file("a")
        try refused("chown", with: EPERM, EINVAL, by: chown(at("a"), getuid() + 17, gid_t.max))
        try refused("chgrp", with: EPERM, EINVAL, by: chown(at("a"), uid_t.max, 54321))
        try expectEqual("uid", try at.status("a").st_uid, getuid())
    },
    Check("chown-of-a-symbolic-link-and-kinds") { at in
        try must("symlink", symlink("nowhere", at("l")))
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try must("lchown", lchown(at("l"), getuid(), getgid()))
        try must("chown of a fifo", chown(at("p"), getuid(), getgid()))
        try refused("chown through it", with: ENOENT, by: chown(at("l"), getuid(), getgid()))
    },
    Check("access-asks-every-part-of-the-path") { at in
        try at.directory("d")
        try at.file("d/a")
        try must("chmod", chmod(at("d"), 0))
        try refused("file", with: EACCES, by: access(at("d/a"), F_OK))
        try refused("directory", with: EACCES, by: access(at("d"), R_OK))
        try must("directory exists", access(at("d"), F_OK))
    },
    Check("access-asks-every-part-of-the-path-of-an-open-file") { at in
        try at.directory("d")
        let file = try at.create("d/a")
        defer { close(file) }
        try must("chmod", chmod(at("d"), 0))
        try refused("file", with: EACCES, by: access(at("d/a"), F_OK))
        try must("chmod", chmod(at("d"), 0o700))
        try must("file exists", access(at("d/a"), F_OK))
    },
    Check("access-of-the-effective-account") { at in
        try at.file("a", mode: 0o400)
        try must("read", faccessat(AT_FDCWD, at("a"), R_OK, AT_EACCESS))
        try refused("write", with: EACCES, by: faccessat(AT_FDCWD, at("a"), W_OK, AT_EACCESS))
        try refused("bad question", with: EINVAL, by: access(at("a"), 0o10))
    },
    Check("rights-change-at-once") { at in
        try at.file("a", "hello")
        for _ in 0..<20 {
            try must("chmod", chmod(at("a"), 0))
            try refused("open", with: EACCES, by: at.open("a", O_RDONLY))
            try must("chmod", chmod(at("a"), 0o600))
            try must("close", close(try must("open", at.open("a", O_RDWR))))
        }
    },
    Check("sticky-directory-of-one's-own") { at in
        try at.directory("d")
        try must("chmod", chmod(at("d"), 0o1777))
        try at.file("d/a")
        try must("rename", rename(at("d/a"), at("d/b")))
        try must("unlink", unlink(at("d/b")))
    },
]

/// A program's file with both bits, then one operation, then the bits that must be left.
private func clearing(
    _ name: String, leaves expected: mode_t, from start: mode_t = 0o6755,
    _ act:
        @escaping @Sendable (
            Scratch, Int32
        ) throws -> Void
) -> Check {
    Check(name) { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("fchmod", fchmod(file, start))
        try expectEqual("before", try statusOf(file).st_mode & 0o7777, start)
        try act(at, file)
        try expectEqual("mode", try at.status("a").st_mode & 0o7777, expected)
        try expectEqual("by descriptor", try statusOf(file).st_mode & 0o7777, expected)
    }
}

let clearingChecks: [Check] = [
    clearing("write-clears-both-set-id-bits", leaves: 0o755) { _, file in try put(file, "x", at: 0) },
    clearing("append-clears-both-set-id-bits", leaves: 0o755) { at, _ in
        let second = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer { close(second) }
        try put(second, "x")
    },
    clearing("ftruncate-clears-both-set-id-bits", leaves: 0o755) { _, file in try must("ftruncate", ftruncate(file, 2))
    },
    clearing("open-truncate-clears-both-set-id-bits", leaves: 0o755) { at, _ in
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_TRUNC))))
    },
    clearing("chown-clears-both-set-id-bits", leaves: 0o755) { at, _ in
        try must("chown", chown(at("a"), getuid(), getgid()))
    },
    clearing("chown-of-nothing-clears-both-set-id-bits", leaves: 0o755) { at, _ in
        try must("chown", chown(at("a"), uid_t.max, gid_t.max))
    },
    clearing("fchown-clears-both-set-id-bits", leaves: 0o755) { _, file in
        try must("fchown", fchown(file, getuid(), getgid()))
    },
    clearing("copy-clears-both-set-id-bits", leaves: 0o755) { at, file in
        let from = try at.create("b", holding: "text")
        defer { close(from) }
        var source: off64_t = 0
        var target: off64_t = 0
        try must("copy_file_range", copy_file_range(from, &source, file, &target, 4, 0))
    },
    clearing("direct-write-clears-both-set-id-bits", leaves: 0o755) { at, _ in
        let direct = try must("open", at.open("a", O_WRONLY | raw_direct))
        let block = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        defer {
            close(direct)
            block.deallocate()
        }
        memset(block, 65, 4096)
        try must("pwrite", pwrite(direct, block, 4096, 0))
    },
    clearing("read-leaves-the-set-id-bits", leaves: 0o6755) { _, file in _ = try take(file, at: 0, count: 9) },
    clearing("times-leave-the-set-id-bits", leaves: 0o6755) { _, file in try must("futimens", futimens(file, nil)) },
    clearing("rename-and-link-leave-the-set-id-bits", leaves: 0o6755) { at, _ in
        try must("rename", rename(at("a"), at("b")))
        try must("link", link(at("b"), at("a")))
    },
    clearing("write-of-nothing-leaves-the-set-id-bits", leaves: 0o6755) { _, file in
        try must("write", write(file, "", 0))
    },
    clearing("write-leaves-the-sticky-bit", leaves: 0o1755, from: 0o1755) { _, file in try put(file, "x", at: 0) },
    clearing("truncate-to-the-same-size-clears-set-uid", leaves: 0o755, from: 0o4755) { _, file in
        try must("ftruncate", ftruncate(file, 5))
    },
    Check("chown-of-a-directory-leaves-its-bits") { at in
        try at.directory("d")
        try must("chmod", chmod(at("d"), 0o3755))
        try must("chown", chown(at("d"), getuid(), getgid()))
        try expectEqual("mode", try mode(at, "d"), 0o3755)
    },
]
