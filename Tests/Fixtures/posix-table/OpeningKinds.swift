import CRawCalls
import Glibc

/// The path that a descriptor of this process is known by.
func procPath(_ file: Int32) -> String { "/proc/self/fd/\(file)" }

/// open(2) of what a descriptor stands for.
func reopen(_ file: Int32, _ flags: Int32) -> Int32 {
    raw_openat(AT_FDCWD, procPath(file), flags | O_CLOEXEC, 0)
}

let truncatingOpenChecks: [Check] = [
    Check("open-truncate-for-reading-empties-too") { at in
        try at.file("a", "hello")
        try must("close", close(try must("open", at.open("a", O_RDONLY | O_TRUNC))))
        try expectEqual("size", try at.status("a").st_size, 0)
    },
    Check("open-truncate-needs-the-right-to-write") { at in
        try at.file("a", "hello", mode: 0o444)
        try refused("open", with: EACCES, by: at.open("a", O_RDONLY | O_TRUNC))
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("open-create-truncate-keeps-mode-and-inode") { at in
        try at.file("a", "hello", mode: 0o640)
        let before = try at.status("a")
        try must("close", close(try must("open", at.open("a", O_RDWR | O_CREAT | O_TRUNC, mode: 0o777))))
        let after = try at.status("a")
        try expectEqual("mode", after.st_mode, before.st_mode)
        try expectEqual("inode", after.st_ino, before.st_ino)
        try expectEqual("size", after.st_size, 0)
    },
    Check("open-create-of-what-exists-keeps-the-text") { at in
        try at.file("a", "hello")
        try must("close", close(try must("open", at.open("a", O_RDWR | O_CREAT))))
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("open-truncate-exclusive-leaves-what-exists") { at in
        try at.file("a", "hello")
        try refused("open", with: EEXIST, by: at.open("a", O_RDWR | O_CREAT | O_EXCL | O_TRUNC))
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("open-truncate-through-a-symbolic-link") { at in
        try at.file("b", "hello")
        try must("symlink", symlink("b", at("a")))
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_TRUNC))))
        try expectEqual("size", try at.status("b").st_size, 0)
    },
    Check("open-truncate-is-seen-by-other-descriptors") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_TRUNC))))
        try expectEqual("text", try take(file, at: 0, count: 9), "")
        try put(file, "x", at: 2)
        try expectEqual("text", try take(file, at: 0, count: 9), "\0\0x")
    },
    Check("open-truncate-append") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_WRONLY | O_TRUNC | O_APPEND))
        defer { close(file) }
        try put(file, "one")
        try put(file, "two")
        try expectEqual("text", try at.text("a"), "onetwo")
    },
    Check("open-truncate-of-a-directory") { at in
        try refused("open", with: EISDIR, by: at.open(".", O_RDONLY | O_TRUNC))
    },
    Check("open-truncate-of-a-fifo-is-ignored") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try must("close", close(try must("open", at.open("p", O_RDWR | O_NONBLOCK | O_TRUNC))))
    },
    Check("open-exclusive-without-create") { at in
        try at.file("a", "hello")
        try must("close", close(try must("open", at.open("a", O_RDONLY | O_EXCL))))
    },
    Check("open-truncate-keeps-hard-links") { at in
        try at.file("a", "hello")
        try must("link", link(at("a"), at("b")))
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_TRUNC))))
        try expectEqual("size", try at.status("b").st_size, 0)
        try expectEqual("links", try at.status("b").st_nlink, 2)
    },
    Check("open-for-writing-what-cannot-be-read") { at in
        // The write of part of a page must not need the rest of it.
        try at.file("a", "hello world")
        try must("chmod", chmod(at("a"), 0o200))
        let file = try must("open", at.open("a", O_WRONLY))
        defer { close(file) }
        try put(file, "LL", at: 2)
        try must("fchmod", fchmod(file, 0o600))
        try expectEqual("text", try at.text("a"), "heLLo world")
    },
    Check("open-append-what-cannot-be-read") { at in
        try at.file("a", "hello")
        try must("chmod", chmod(at("a"), 0o200))
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer { close(file) }
        try put(file, " world")
        try must("fchmod", fchmod(file, 0o600))
        try expectEqual("text", try at.text("a"), "hello world")
    },
    Check("rights-are-asked-once-at-open") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("fchmod", fchmod(file, 0))
        try put(file, "J", at: 0)
        try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
        try must("ftruncate", ftruncate(file, 2))
        try must("fsync", fsync(file))
        try refused("open again", with: EACCES, by: at.open("a", O_RDONLY))
        try refused("reopen", with: EACCES, by: reopen(file, O_RDONLY))
    },
    Check("data-sync-on-write") { at in
        let file = try must("open", at.open("a", O_RDWR | O_CREAT | O_DSYNC | O_APPEND))
        defer { close(file) }
        try put(file, "hello")
        try put(file, " world")
        try expectEqual("text", try take(file, at: 0, count: 20), "hello world")
        try expect(raw_fcntl(file, F_GETFL, 0) & O_DSYNC != 0, "O_DSYNC is not told")
    },
    Check("open-without-moving-the-access-time") { at in
        try at.file("a", "hello")
        try must("close", close(try must("open", at.open("a", O_RDONLY | O_NOATIME))))
    },
    Check("status-flags-are-told") { at in
        try at.file("a")
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND | O_NONBLOCK))
        defer { close(file) }
        let flags = try must("F_GETFL", raw_fcntl(file, F_GETFL, 0))
        try expectEqual("access mode", flags & O_ACCMODE, O_WRONLY)
        try expect(flags & O_APPEND != 0 && flags & O_NONBLOCK != 0, "flags are \(flags)")
        try expectEqual("close on exec", raw_fcntl(file, F_GETFD, 0), FD_CLOEXEC)
    },
    Check("thousand-files-open-at-once") { at in
        var room = rlimit()
        try must("getrlimit", getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &room))
        let count = min(1000, Int(room.rlim_cur) - 50)
        try expect(count > 500, "only \(room.rlim_cur) descriptors are allowed")
        var files: [Int32] = []
        defer { files.forEach { close($0) } }
        for number in 0..<count { files.append(try at.create("f\(number)", holding: "\(number)")) }
        for number in 0..<count { try must("unlink", unlink(at("f\(number)"))) }
        for number in 0..<count { try expectEqual("text", try take(files[number], at: 0, count: 9), "\(number)") }
    },
    Check("one-file-open-five-hundred-times") { at in
        try at.file("a", "hello")
        var files: [Int32] = []
        defer { files.forEach { close($0) } }
        for _ in 0..<500 { files.append(try must("open", at.open("a", O_RDWR))) }
        try put(files[0], "J", at: 0)
        try expectEqual("text", try take(files[499], at: 0, count: 9), "Jello")
    },
]

let unnamedFileChecks: [Check] = [
    Check("unnamed-file-has-no-link") { at in
        let file = try offered("open", at.open(".", O_RDWR | raw_tmpfile, mode: 0o640))
        defer { close(file) }
        try expectEqual("links", try statusOf(file).st_nlink, 0)
        try expectEqual("mode", try statusOf(file).st_mode, S_IFREG | 0o640)
        try expectEqual("names", try at.names(), [])
    },
    Check("unnamed-file-that-may-get-no-name") { at in
        let file = try offered("open", at.open(".", O_RDWR | raw_tmpfile | O_EXCL, mode: 0o600))
        defer { close(file) }
        let answer = linkat(AT_FDCWD, procPath(file), AT_FDCWD, at("a"), AT_SYMLINK_FOLLOW)
        try refused("linkat", with: ENOENT, by: answer)
    },
    Check("unnamed-file-must-be-writable") { at in
        try refused("open", with: EINVAL, by: at.open(".", O_RDONLY | raw_tmpfile, mode: 0o600))
    },
    Check("unnamed-file-of-a-file") { at in
        try at.file("a")
        try refused("open", with: ENOTDIR, by: at.open("a", O_RDWR | raw_tmpfile, mode: 0o600))
    },
]
