import CRawCalls
import Glibc

private func pathOnly(_ at: Scratch, _ name: String, _ flags: Int32 = 0) throws -> Int32 {
    try must("open", at.open(name, O_PATH | flags))
}

let pathOnlyChecks: [Check] = [
    Check("path-only-of-what-cannot-be-read") { at in
        try at.file("a", "hello", mode: 0)
        let file = try pathOnly(at, "a")
        defer { close(file) }
        try expectEqual("size", try statusOf(file).st_size, 5)
        try refused("reopen", with: EACCES, by: reopen(file, O_RDONLY))
    },
    Check("path-only-changes-nothing") { at in
        try at.file("a", "hello")
        let file = try pathOnly(at, "a")
        defer { close(file) }
        try refused("write", with: EBADF, by: write(file, "x", 1))
        try refused("fchmod", with: EBADF, by: fchmod(file, 0o600))
        try refused("fchown", with: EBADF, by: fchown(file, uid_t.max, gid_t.max))
        try refused("ftruncate", with: EBADF, EINVAL, by: ftruncate(file, 0))
        try refused("fgetxattr", with: EBADF, by: fgetxattr(file, "user.a", nil, 0))
        try refused("fsync", with: EBADF, by: fsync(file))
    },
    Check("path-only-is-opened-again") { at in
        try at.file("a", "hello")
        let file = try pathOnly(at, "a")
        defer { close(file) }
        try must("rename", rename(at("a"), at("b")))
        let again = try must("reopen", reopen(file, O_RDWR))
        defer { close(again) }
        try put(again, "J", at: 0)
        try expectEqual("text", try at.text("b"), "Jello")
    },
    Check("path-only-directory-is-a-base") { at in
        try at.directory("d")
        let directory = try pathOnly(at, "d", O_DIRECTORY)
        defer { close(directory) }
        let file = try must("openat", raw_openat(directory, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
        close(file)
        try must("mkdirat", mkdirat(directory, "e", 0o755))
        try must("symlinkat", symlinkat("a", directory, "l"))
        try must("renameat", renameat(directory, "a", directory, "b"))
        try must("unlinkat", unlinkat(directory, "e", AT_REMOVEDIR))
        try expectEqual("names", try at.names("d"), ["b", "l"])
    },
    Check("path-only-directory-is-gone-to") { at in
        let before = try must("open", raw_openat(AT_FDCWD, ".", O_RDONLY | O_CLOEXEC, 0))
        try at.directory("d")
        try at.file("d/a", "hello")
        let directory = try pathOnly(at, "d")
        defer {
            fchdir(before)
            close(before)
            close(directory)
        }
        try must("fchdir", fchdir(directory))
        try must("access", access("a", R_OK))
        try refused("getdents", with: EBADF, by: lseek(directory, 0, SEEK_SET))
    },
    Check("path-only-of-a-symbolic-link-itself") { at in
        try must("symlink", symlink("nowhere", at("a")))
        let link = try pathOnly(at, "a", O_NOFOLLOW)
        defer { close(link) }
        try expectEqual("kind", try statusOf(link).st_mode & S_IFMT, S_IFLNK)
        var room = [CChar](repeating: 0, count: 64)
        try expectEqual("length", try must("readlinkat", readlinkat(link, "", &room, 64)), 7)
        try refused("reopen", with: ELOOP, by: reopen(link, O_RDONLY))
    },
    Check("path-only-of-a-fifo-does-not-wait") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        let file = try pathOnly(at, "p")
        defer { close(file) }
        try expectEqual("kind", try statusOf(file).st_mode & S_IFMT, S_IFIFO)
    },
    Check("path-only-of-an-unlinked-file") { at in
        // Made without ever being open: the end of an earlier opening may still be on its way to a server.
        try must("mknod", mknod(at("a"), S_IFREG | 0o644, 0))
        try must("truncate", truncate(at("a"), 5))
        let file = try pathOnly(at, "a")
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        try expectEqual("links", try statusOf(file).st_nlink, 0)
        let again = try must("reopen", reopen(file, O_RDWR))
        defer { close(again) }
        try put(again, "hello", at: 0)
        try expectEqual("text", try take(again, at: 0, count: 9), "hello")
    },
    Check("nofollow-takes-links-on-the-way") { at in
        try at.directory("d")
        try at.file("d/a", "hello")
        try must("symlink", symlink("d", at("l")))
        try must("close", close(try must("open", at.open("l/a", O_RDONLY | O_NOFOLLOW))))
        try refused("open", with: ENOTDIR, ELOOP, by: at.open("l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY))
        try refused("create", with: ELOOP, by: at.open("l", O_RDWR | O_CREAT | O_NOFOLLOW))
    },
    Check("descriptor-tells-its-path") { at in
        let file = try at.create("a")
        defer { close(file) }
        try expect(try readLink(procPath(file)).hasSuffix("/descriptor-tells-its-path/a"), "another path")
        try at.directory("d")
        try must("rename", rename(at("a"), at("d/b")))
        try expect(try readLink(procPath(file)).hasSuffix("/descriptor-tells-its-path/d/b"), "not the new path")
        try must("unlink", unlink(at("d/b")))
        try expect(try readLink(procPath(file)).hasSuffix("/d/b (deleted)"), "not told as deleted")
    },
    Check("resolution-beneath-a-directory") { at in
        try at.directory("d")
        try at.file("d/a")
        try must("symlink", symlink("a", at("d/l")))
        let base = try pathOnly(at, "d")
        defer { close(base) }
        try must("close", close(Int32(try must("openat2", openat2(base, "a", resolve: 0x08)))))
        try refused("beneath", with: EXDEV, by: openat2(base, "../d/a", resolve: 0x08))
        try refused("no symbolic links", with: ELOOP, by: openat2(base, "l", resolve: 0x04))
        try must("close", close(Int32(try must("no crossing", openat2(base, "l", resolve: 0x01)))))
    },
]

/// openat2(2) for reading, with the RESOLVE_ flags given.
private func openat2(_ directory: Int32, _ path: String, resolve: UInt64) -> Int {
    let how: [UInt64] = [UInt64(O_RDONLY | O_CLOEXEC), 0, resolve]
    return path.withCString { path in
        how.withUnsafeBytes { how in
            raw_call(
                Int(SYS_openat2), Int(directory), Int(bitPattern: path), Int(bitPattern: how.baseAddress), 24, 0, 0)
        }
    }
}

/// Memory as O_DIRECT wants it, filled with one letter.
private func withBlock(_ size: Int, of letter: Character, _ body: (UnsafeMutableRawPointer) throws -> Void) throws {
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    defer { block.deallocate() }
    memset(block, Int32(letter.asciiValue!), size)
    try body(block)
}

let directChecks: [Check] = [
    Check("direct-write-is-read-through-the-cache") { at in
        let plain = try at.create("a", holding: String(repeating: "x", count: 8192))
        let direct = try must("open", at.open("a", O_RDWR | raw_direct))
        defer {
            close(plain)
            close(direct)
        }
        try expectEqual("before", try take(plain, at: 4095, count: 2), "xx")
        try withBlock(4096, of: "y") {
            try expectEqual("written", try must("pwrite", pwrite(direct, $0, 4096, 4096)), 4096)
        }
        try expectEqual("after", try take(plain, at: 4095, count: 2), "xy")
    },
    Check("write-through-the-cache-is-read-directly") { at in
        let plain = try at.create("a", holding: String(repeating: "x", count: 8192))
        let direct = try must("open", at.open("a", O_RDWR | raw_direct))
        defer {
            close(plain)
            close(direct)
        }
        try put(plain, "hello", at: 4096)
        try withBlock(4096, of: "z") {
            try expectEqual("read", try must("pread", pread(direct, $0, 4096, 4096)), 4096)
            let text = String(decoding: UnsafeRawBufferPointer(start: $0, count: 6), as: UTF8.self)
            try expectEqual("text", text, "hellox")
        }
    },
    Check("direct-read-across-the-end-is-short") { at in
        try at.file("a", String(repeating: "x", count: 5000))
        let file = try must("open", at.open("a", O_RDONLY | raw_direct))
        defer { close(file) }
        try withBlock(8192, of: "z") {
            try expectEqual("read", try must("pread", pread(file, $0, 8192, 0)), 5000)
            try expectEqual("at the end", try must("pread", pread(file, $0, 4096, 8192)), 0)
        }
    },
    Check("direct-read-off-the-grid-is-whole-or-refused") { at in
        try at.file("a", String(repeating: "x", count: 8192))
        let file = try must("open", at.open("a", O_RDONLY | raw_direct))
        defer { close(file) }
        try withBlock(4096, of: "z") {
            let length = pread(file, $0 + 1, 100, 3)
            if length == -1 { return try refused("pread", with: EINVAL, by: length) }
            try expectEqual("read", length, 100)
        }
    },
    Check("direct-append") { at in
        try at.file("a", String(repeating: "x", count: 4096))
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND | raw_direct))
        defer { close(file) }
        try withBlock(4096, of: "y") { try expectEqual("written", try must("write", write(file, $0, 4096)), 4096) }
        try expectEqual("size", try at.status("a").st_size, 8192)
        try expectEqual("text", String(try at.text("a").dropFirst(4095).prefix(2)), "xy")
    },
    Check("direct-read-sees-a-mapped-write") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 4096))
        let direct = try must("open", at.open("a", O_RDONLY | raw_direct))
        defer {
            close(file)
            close(direct)
        }
        let mapping = try Mapping(file, size: 4096)
        defer { mapping.end() }
        mapping.put("hello")
        try must("msync", msync(mapping.bytes, 4096, MS_SYNC))
        try withBlock(4096, of: "z") {
            try expectEqual("read", try must("pread", pread(direct, $0, 4096, 0)), 4096)
            try expectEqual("letter", $0.load(as: UInt8.self), Character("h").asciiValue!)
        }
    },
    Check("direct-large-write-and-read-back") { at in
        let file = try must("open", at.open("a", O_RDWR | O_CREAT | raw_direct))
        defer { close(file) }
        let size = 2 << 20
        try withBlock(size, of: "q") {
            try expectEqual("written", try must("pwrite", pwrite(file, $0, size, 0)), size)
            memset($0, 0, size)
            try expectEqual("read", try must("pread", pread(file, $0, size, 0)), size)
            for place in stride(from: 0, to: size, by: 4096) {
                try expectEqual("letter at \(place)", $0.load(fromByteOffset: place, as: UInt8.self), 113)
            }
        }
    },
    Check("direct-is-turned-on-later") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 4096))
        defer { close(file) }
        try must("F_SETFL", raw_fcntl(file, F_SETFL, Int(raw_direct)))
        try withBlock(4096, of: "z") { try expectEqual("read", try must("pread", pread(file, $0, 4096, 0)), 4096) }
    },
]
