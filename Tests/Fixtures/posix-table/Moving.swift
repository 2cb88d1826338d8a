import CRawCalls
import Glibc

private let now = Int(raw_utime_now)
private let omit = Int(raw_utime_omit)

/// Which of the three times of inode(7) an operation marks for update.
private struct Marks: OptionSet {
    let rawValue: Int
    static let access = Marks(rawValue: 1)
    static let modification = Marks(rawValue: 2)
    static let change = Marks(rawValue: 4)
}

private func comes(_ later: timespec, after earlier: timespec) -> Bool {
    (later.tv_sec, later.tv_nsec) > (earlier.tv_sec, earlier.tv_nsec)
}

/// The times that differ, each of which must have gone forward.
private func marks(from before: stat, to after: stat) throws -> Marks {
    var marks: Marks = []
    if comes(after.st_atim, after: before.st_atim) { marks.insert(.access) }
    if comes(after.st_mtim, after: before.st_mtim) { marks.insert(.modification) }
    if comes(after.st_ctim, after: before.st_ctim) { marks.insert(.change) }
    try expect(!comes(before.st_ctim, after: after.st_ctim), "the time of change went back")
    return marks
}

/// One operation between two looks at the times of `watched`. The times of access are left out of it: mounts differ there.
private func marking(
    _ expected: Marks, _ watched: String, _ name: String,
    prepare: @escaping @Sendable (Scratch) throws -> Void = { _ in },
    by act: @escaping @Sendable (Scratch) throws -> Void
) -> Check {
    Check(name) { at in
        try at.file("a", "hello")
        try at.directory("d")
        try at.directory("e")
        try prepare(at)
        let old = timespec(tv_sec: 1_000_000, tv_nsec: 0)
        try must("utimensat", utimensat(AT_FDCWD, at(watched), [old, old], 0))
        let before = try at.status(watched)
        // Longer than the grain of the kernel's clock.
        usleep(20_000)
        try act(at)
        let found = try marks(from: before, to: try at.status(watched)).subtracting(.access)
        try expectEqual("marked (2 modification, 4 change)", found.rawValue, expected.rawValue)
    }
}

private let both: Marks = [.modification, .change]

/// Opens the file and closes it after the block.
private func withFile(_ at: Scratch, _ flags: Int32 = O_RDWR, _ body: (Int32) throws -> Void) throws {
    let file = try must("open", at.open("a", flags))
    defer { close(file) }
    try body(file)
}

let fileTimeChecks: [Check] = [
    marking(both, "a", "times-of-write") { at in try withFile(at) { try put($0, "J", at: 0) } },
    marking(both, "a", "times-of-append") { at in try withFile(at, O_WRONLY | O_APPEND) { try put($0, "J") } },
    marking(both, "a", "times-of-direct-write") { at in
        let block = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { block.deallocate() }
        try withFile(at, O_RDWR | raw_direct) { try must("pwrite", pwrite($0, block, 4096, 0)) }
    },
    marking(both, "a", "times-of-truncate") { at in try must("truncate", truncate(at("a"), 2)) },
    marking(both, "a", "times-of-ftruncate") { at in try withFile(at) { try must("ftruncate", ftruncate($0, 2)) } },
    marking(both, "a", "times-of-ftruncate-to-the-same-size") { at in
        try withFile(at) { try must("ftruncate", ftruncate($0, 5)) }
    },
    marking(both, "a", "times-of-open-truncate") { at in try withFile(at, O_WRONLY | O_TRUNC) { _ in } },
    marking(both, "a", "times-of-a-mapped-write") { at in
        try withFile(at) { file in
            let mapping = try Mapping(file, size: 4096)
            mapping.put("J")
            try must("msync", msync(mapping.bytes, 4096, MS_SYNC))
            mapping.end()
        }
    },
    marking(both, "a", "times-of-allocation") { at in
        try withFile(at) { try must("fallocate", fallocate($0, 0, 0, 8192)) }
    },
    marking(both, "a", "times-of-copy-into") { at in
        try at.file("b", "text")
        let from = try must("open", at.open("b", O_RDONLY))
        defer { close(from) }
        try withFile(at) { try must("copy_file_range", copy_file_range(from, nil, $0, nil, 4, 0)) }
    },
    marking(.change, "a", "times-of-chmod") { at in try must("chmod", chmod(at("a"), 0o600)) },
    marking(.change, "a", "times-of-fchmod") { at in try withFile(at) { try must("fchmod", fchmod($0, 0o600)) } },
    marking(.change, "a", "times-of-chown") { at in try must("chown", chown(at("a"), getuid(), getgid())) },
    marking(.change, "a", "times-of-link") { at in try must("link", link(at("a"), at("b"))) },
    marking(.change, "a", "times-of-unlink-of-another-link", prepare: { try must("link", link($0("a"), $0("b"))) }) {
        at in
        try must("unlink", unlink(at("b")))
    },
    marking(.change, "b", "times-of-being-renamed", prepare: { try $0.file("b") }) { at in
        try must("rename", rename(at("b"), at("c")))
        try must("rename", rename(at("c"), at("b")))
    },
    marking(
        .change, "b", "times-of-being-replaced",
        prepare: { at in
            try at.file("c")
            try must("link", link(at("c"), at("b")))
        }
    ) { at in try must("rename", rename(at("a"), at("c"))) },
    marking(.change, "a", "times-of-attributes") { at in try must("setxattr", setxattr(at("a"), "user.a", "x", 1, 0)) },
    marking(
        .change, "a", "times-of-attributes-removed",
        prepare: {
            try must("setxattr", setxattr($0("a"), "user.a", "x", 1, 0))
        }
    ) { at in try must("removexattr", removexattr(at("a"), "user.a")) },
    marking(both, "a", "times-of-utimensat-now") { at in try must("utimensat", utimensat(AT_FDCWD, at("a"), nil, 0)) },
    marking([], "a", "times-of-utimensat-omitting-both") { at in
        let none = timespec(tv_sec: 0, tv_nsec: omit)
        try must("utimensat", utimensat(AT_FDCWD, at("a"), [none, none], 0))
    },
    marking(.change, "a", "times-of-utimensat-of-access-alone") { at in
        let times = [timespec(tv_sec: 0, tv_nsec: now), timespec(tv_sec: 0, tv_nsec: omit)]
        try must("utimensat", utimensat(AT_FDCWD, at("a"), times, 0))
        try expect(try at.status("a").st_atim.tv_sec > 1_000_000, "the time of access was not set")
    },
    marking(both, "a", "times-of-utimensat-of-modification-alone") { at in
        let times = [timespec(tv_sec: 0, tv_nsec: omit), timespec(tv_sec: 0, tv_nsec: now)]
        try must("utimensat", utimensat(AT_FDCWD, at("a"), times, 0))
        try expectEqual("time of access", try at.status("a").st_atim.tv_sec, 1_000_000)
    },
    marking([], "a", "times-of-opening-reading-closing") { at in
        _ = try at.text("a")
        try withFile(at) { _ in }
        var answer = statvfs()
        try must("statvfs", statvfs(at("a"), &answer))
        try must("access", access(at("a"), R_OK))
    },
    marking([], "a", "times-of-a-refused-write") { at in
        try withFile(at, O_RDONLY) { try refused("write", with: EBADF, by: write($0, "x", 1)) }
        try refused("link", with: EEXIST, by: link(at("a"), at("d")))
    },
    marking([], "a", "times-of-a-write-of-nothing") { at in try withFile(at) { try must("write", write($0, "", 0)) } },
    Check("times-of-reading") { at in
        try at.file("a", "hello")
        var answer = statvfs()
        try must("statvfs", statvfs(at("."), &answer))
        if answer.f_flag & 1024 != 0 { throw NotOffered(description: "mounted with noatime") }
        let old = timespec(tv_sec: 1_000_000, tv_nsec: 0)
        try must("utimensat", utimensat(AT_FDCWD, at("a"), [old, timespec(tv_sec: 0, tv_nsec: now)], 0))
        try expectEqual("text", try at.text("a"), "hello")
        // Where the time of modification is the later one, relatime moves it as well as strictatime does.
        try expect(try at.status("a").st_atim.tv_sec > 1_000_000, "the time of access stayed")
    },
    Check("times-agree-by-path-and-descriptor") { at in
        let file = try at.create("a")
        defer { close(file) }
        for text in ["one", "two", "three"] {
            usleep(10_000)
            try put(file, text)
            let byFile = try statusOf(file)
            let byPath = try at.status("a")
            try expectEqual("seconds", byPath.st_mtim.tv_sec, byFile.st_mtim.tv_sec)
            try expectEqual("nanoseconds", byPath.st_mtim.tv_nsec, byFile.st_mtim.tv_nsec)
        }
        try must("fsync", fsync(file))
        try expectEqual("after fsync", try at.status("a").st_mtim.tv_nsec, try statusOf(file).st_mtim.tv_nsec)
    },
    Check("times-with-bad-numbers") { at in
        try at.file("a")
        let bad = timespec(tv_sec: 0, tv_nsec: 1_000_000_000)
        try refused("utimensat", with: EINVAL, by: utimensat(AT_FDCWD, at("a"), [bad, bad], 0))
    },
    Check("times-of-a-descriptor-for-reading") { at in
        try at.file("a")
        let old = timespec(tv_sec: 1_000_000, tv_nsec: 7)
        try withFile(at, O_RDONLY) { try must("futimens", futimens($0, [old, old])) }
        try expectEqual("nanoseconds", try at.status("a").st_mtim.tv_nsec, 7)
    },
    Check("times-of-every-kind-are-set") { at in
        try at.directory("d")
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try must("mknod", mknod(at("s"), S_IFSOCK | 0o600, 0))
        let old = timespec(tv_sec: 1_000_000, tv_nsec: 123)
        for name in ["d", "p", "s"] {
            try must("utimensat \(name)", utimensat(AT_FDCWD, at(name), [old, old], 0))
            try expectEqual(name, try at.status(name).st_mtim.tv_nsec, 123)
        }
    },
    Check("times-later-than-a-write-stay") { at in
        // The data may still be on its way when the times are set: they must not move when it arrives.
        let file = try at.create("a", holding: String(repeating: "x", count: 1 << 20))
        let old = timespec(tv_sec: 1_000_000, tv_nsec: 0)
        try must("futimens", futimens(file, [old, old]))
        try must("fsync", fsync(file))
        try must("close", close(file))
        try expectEqual("seconds", try at.status("a").st_mtim.tv_sec, 1_000_000)
    },
]

let directoryTimeChecks: [Check] = [
    marking(both, "d", "directory-times-of-create") { try $0.file("d/x") },
    marking(both, "d", "directory-times-of-mkdir") { try $0.directory("d/x") },
    marking(both, "d", "directory-times-of-symlink") { try must("symlink", symlink("x", $0("d/x"))) },
    marking(both, "d", "directory-times-of-mkfifo") { try must("mkfifo", mkfifo($0("d/x"), 0o600)) },
    marking(both, "d", "directory-times-of-mknod") { try must("mknod", mknod($0("d/x"), S_IFREG | 0o600, 0)) },
    marking(both, "d", "directory-times-of-link") { try must("link", link($0("a"), $0("d/x"))) },
    marking(both, "d", "directory-times-of-unlink", prepare: { try $0.file("d/x") }) {
        try must("unlink", unlink($0("d/x")))
    },
    marking(both, "d", "directory-times-of-rmdir", prepare: { try $0.directory("d/x") }) {
        try must("rmdir", rmdir($0("d/x")))
    },
    marking(both, "d", "directory-times-of-rename-within", prepare: { try $0.file("d/x") }) {
        try must("rename", rename($0("d/x"), $0("d/y")))
    },
    marking(both, "d", "directory-times-of-rename-away", prepare: { try $0.file("d/x") }) {
        try must("rename", rename($0("d/x"), $0("e/x")))
    },
    marking(both, "d", "directory-times-of-rename-into", prepare: { try $0.file("e/x") }) {
        try must("rename", rename($0("e/x"), $0("d/x")))
    },
    marking(both, "d", "directory-times-of-exchange", prepare: { try $0.file("d/x") }) {
        try must("renameat2", renameat2($0("d/x"), $0("a"), 2))
    },
    marking([], "d", "directory-times-of-changes-to-a-child", prepare: { try $0.file("d/x") }) { at in
        try must("chmod", chmod(at("d/x"), 0o600))
        try must("truncate", truncate(at("d/x"), 10))
        try must("setxattr", setxattr(at("d/x"), "user.a", "x", 1, 0))
    },
    marking([], "d", "directory-times-of-refusals", prepare: { try $0.file("d/x") }) { at in
        try refused("mkdir", with: EEXIST, by: mkdir(at("d/x"), 0o755))
        try refused("unlink", with: ENOENT, by: unlink(at("d/y")))
        try refused("rmdir", with: ENOTDIR, by: rmdir(at("d/x")))
        try refused("open", with: EEXIST, by: at.open("d/x", O_RDWR | O_CREAT | O_EXCL))
    },
    marking([], "d", "directory-times-of-listing", prepare: { try $0.file("d/x") }) { _ = try $0.names("d") },
    marking([], "d", "directory-times-of-opening-what-exists", prepare: { try $0.file("d/x") }) { at in
        try must("close", close(try must("open", at.open("d/x", O_RDWR | O_CREAT | O_TRUNC))))
    },
    marking(.change, "d", "directory-times-of-chmod") { try must("chmod", chmod($0("d"), 0o700)) },
    marking(.change, "d", "directory-times-of-attributes") {
        try must("setxattr", setxattr($0("d"), "user.a", "x", 1, 0))
    },
]
