import CRawCalls
import Glibc

let openingChecks: [Check] = [
    Check("create-and-read-back") { at in
        try at.file("a", "hello")
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("create-exclusive-refuses-what-exists") { at in
        try at.file("a")
        try refused("open", with: EEXIST, by: at.open("a", O_WRONLY | O_CREAT | O_EXCL))
    },
    Check("create-exclusive-refuses-a-dangling-link") { at in
        try must("symlink", symlink("nowhere", at("a")))
        try refused("open", with: EEXIST, by: at.open("a", O_WRONLY | O_CREAT | O_EXCL))
    },
    Check("create-through-a-dangling-link") { at in
        try must("symlink", symlink("b", at("a")))
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_CREAT))))
        try expect(at.exists("b"), "b was not made")
    },
    Check("open-missing") { at in try refused("open", with: ENOENT, by: at.open("a", O_RDONLY)) },
    Check("open-empty-path") { _ in try refused("open", with: ENOENT, by: raw_openat(AT_FDCWD, "", O_RDONLY, 0)) },
    Check("open-directory-for-writing") { at in try refused("open", with: EISDIR, by: at.open(".", O_WRONLY)) },
    Check("open-file-as-directory") { at in
        try at.file("a")
        try refused("open", with: ENOTDIR, by: at.open("a", O_RDONLY | O_DIRECTORY))
        try refused("open", with: ENOTDIR, by: at.open("a/b", O_RDONLY))
    },
    Check("open-truncate-empties") { at in
        try at.file("a", "hello")
        try must("close", close(try must("open", at.open("a", O_WRONLY | O_TRUNC))))
        try expectEqual("size", try at.status("a").st_size, 0)
    },
    Check("open-append-writes-at-the-end") { at in
        try at.file("a", "one ")
        let first = try must("open", at.open("a", O_WRONLY | O_APPEND))
        let second = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer {
            close(first)
            close(second)
        }
        try put(first, "two ")
        try put(second, "three ")
        try put(first, "four")
        try expectEqual("text", try at.text("a"), "one two three four")
    },
    Check("open-append-of-two-processes") { at in
        try at.file("a")
        try inChild {
            try inChild { try append(at, "x") }
            try append(at, "y")
        }
        try append(at, "z")
        try expectEqual("size", try at.status("a").st_size, 300)
    },
    Check("open-nofollow-refuses-a-link") { at in
        try must("symlink", symlink("b", at("a")))
        try refused("open", with: ELOOP, by: at.open("a", O_RDONLY | O_NOFOLLOW))
    },
    Check("open-path-only-cannot-read") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_PATH))
        defer { close(file) }
        var byte: UInt8 = 0
        try refused("read", with: EBADF, by: read(file, &byte, 1))
        try expectEqual("size", try statusOf(file).st_size, 5)
    },
    Check("reopen-through-proc-self-fd") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let again = try must("open", raw_openat(AT_FDCWD, "/proc/self/fd/\(file)", O_RDWR | O_CLOEXEC, 0))
        defer { close(again) }
        try put(again, "J", at: 0)
        try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
    },
    Check("reopen-after-rename-through-proc-self-fd") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("rename", rename(at("a"), at("b")))
        let again = try must("open", raw_openat(AT_FDCWD, "/proc/self/fd/\(file)", O_RDONLY | O_CLOEXEC, 0))
        defer { close(again) }
        try expectEqual("text", try take(again, at: 0, count: 9), "hello")
    },
    Check("read-only-descriptor-cannot-write") { at in
        try at.file("a")
        let file = try must("open", at.open("a", O_RDONLY))
        defer { close(file) }
        try refused("write", with: EBADF, by: write(file, "x", 1))
        try refused("ftruncate", with: EINVAL, EBADF, by: ftruncate(file, 0))
    },
    Check("write-only-descriptor-cannot-read") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_WRONLY))
        defer { close(file) }
        var byte: UInt8 = 0
        try refused("read", with: EBADF, by: read(file, &byte, 1))
    },
    Check("read-of-a-directory") { at in
        let directory = try must("open", at.open(".", O_RDONLY))
        defer { close(directory) }
        var byte: UInt8 = 0
        try refused("read", with: EISDIR, by: read(directory, &byte, 1))
    },
    Check("open-relative-to-a-directory") { at in
        try at.directory("d")
        try at.file("d/a", "hello")
        let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        let file = try must("openat", raw_openat(directory, "a", O_RDONLY | O_CLOEXEC, 0))
        defer { close(file) }
        try expectEqual("text", try take(file, at: 0, count: 9), "hello")
    },
    Check("created-without-rights-is-still-open") { at in
        let file = try must("open", at.open("a", O_RDWR | O_CREAT | O_EXCL, mode: 0))
        defer { close(file) }
        try put(file, "hello")
        try expectEqual("text", try take(file, at: 0, count: 9), "hello")
    },
    Check("sync-on-write") { at in
        let file = try must("open", at.open("a", O_WRONLY | O_CREAT | O_SYNC))
        defer { close(file) }
        try put(file, "hello")
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("many-files-open-at-once") { at in
        var files: [Int32] = []
        defer { files.forEach { close($0) } }
        for number in 0..<200 { files.append(try at.create("f\(number)", holding: "\(number)")) }
        for number in 0..<200 { try expectEqual("text", try take(files[number], at: 0, count: 9), "\(number)") }
    },
    Check("unnamed-file-gets-a-name") { at in
        let file = try offered("open", at.open(".", O_RDWR | raw_tmpfile, mode: 0o600))
        defer { close(file) }
        try put(file, "hello")
        try must("linkat", linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, at("a"), AT_SYMLINK_FOLLOW))
        try expectEqual("text", try at.text("a"), "hello")
    },
]

private func append(_ at: Scratch, _ letter: String) throws {
    let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
    defer { close(file) }
    for _ in 0..<100 { try put(file, letter) }
}
