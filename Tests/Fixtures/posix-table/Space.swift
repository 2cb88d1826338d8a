import CRawCalls
import Glibc

let spaceChecks: [Check] = [
    Check("ftruncate-extends-with-zeroes") { at in
        let file = try at.create("a", holding: "ab")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, 5))
        try expectEqual("text", try take(file, at: 0, count: 9), "ab\0\0\0")
    },
    Check("ftruncate-shortens-and-forgets") { at in
        let file = try at.create("a", holding: "abcdef")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, 2))
        try must("ftruncate", ftruncate(file, 4))
        try expectEqual("text", try take(file, at: 0, count: 9), "ab\0\0")
    },
    Check("truncate-by-path") { at in
        try at.file("a", "abcdef")
        try must("truncate", truncate(at("a"), 3))
        try expectEqual("text", try at.text("a"), "abc")
        try refused("truncate of a directory", with: EISDIR, by: truncate(at("."), 0))
        try refused("truncate of what is missing", with: ENOENT, by: truncate(at("b"), 0))
    },
    Check("truncate-needs-the-right-to-write") { at in
        try at.file("a", "abc", mode: 0o444)
        try refused("truncate", with: EACCES, by: truncate(at("a"), 0))
    },
    Check("sparse-file-takes-no-room") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, 1 << 30))
        let status = try statusOf(file)
        try expectEqual("size", status.st_size, 1 << 30)
        try expect(status.st_blocks < 100, "\(status.st_blocks) blocks")
    },
    Check("file-of-over-4-gib") { at in
        let file = try at.create("a", holding: "start")
        defer { close(file) }
        try put(file, "end", at: 5 << 30)
        try expectEqual("size", try at.status("a").st_size, 5 << 30 + 3)
        try expectEqual("text", try take(file, at: 5 << 30, count: 9), "end")
        try expectEqual("text", try take(file, at: 1 << 30, count: 3), "\0\0\0")
        try expectEqual("text", try take(file, at: 0, count: 5), "start")
    },
    Check("seek-to-data-and-hole") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, "data", at: 1 << 20)
        try must("ftruncate", ftruncate(file, 3 << 20))
        try must("fsync", fsync(file))
        let data = lseek(file, 0, SEEK_DATA)
        try expect(data > 0 && data <= 1 << 20, "data at \(data)")
        let hole = lseek(file, data, SEEK_HOLE)
        try expect(hole > 1 << 20 && hole < 3 << 20, "hole at \(hole)")
        try refused("data behind the last", with: ENXIO, by: lseek(file, hole, SEEK_DATA))
    },
    Check("allocate-grows-the-file") { at in
        let file = try at.create("a", holding: "ab")
        defer { close(file) }
        try must("fallocate", fallocate(file, 0, 0, 8192))
        let status = try statusOf(file)
        try expectEqual("size", status.st_size, 8192)
        try expect(status.st_blocks >= 16, "\(status.st_blocks) blocks")
        try expectEqual("text", try take(file, at: 0, count: 3), "ab\0")
    },
    Check("allocate-keeping-the-size") { at in
        let file = try at.create("a", holding: "ab")
        defer { close(file) }
        try must("fallocate", fallocate(file, raw_keep_size, 0, 65536))
        let status = try statusOf(file)
        try expectEqual("size", status.st_size, 2)
        try expect(status.st_blocks >= 128, "\(status.st_blocks) blocks")
    },
    Check("punch-a-hole") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 16384))
        defer { close(file) }
        try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 4096, 4096))
        try expectEqual("before", try take(file, at: 4095, count: 2), "x\0")
        try expectEqual("behind", try take(file, at: 8191, count: 2), "\0x")
        try expectEqual("size", try statusOf(file).st_size, 16384)
    },
    Check("allocate-on-a-read-only-descriptor") { at in
        try at.file("a")
        let file = try must("open", at.open("a", O_RDONLY))
        defer { close(file) }
        try refused("fallocate", with: EBADF, by: fallocate(file, 0, 0, 4096))
    },
    Check("blocks-follow-the-data") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 1 << 16))
        defer { close(file) }
        try must("fsync", fsync(file))
        let blocks = try statusOf(file).st_blocks
        try expect(blocks >= 128, "\(blocks) blocks")
        try must("ftruncate", ftruncate(file, 0))
        try expectEqual("blocks", try statusOf(file).st_blocks, 0)
    },
    Check("statvfs-tells-room") { at in
        var answer = statvfs()
        try must("statvfs", statvfs(at("."), &answer))
        try expect(answer.f_blocks > 0 && answer.f_bsize > 0, "no blocks")
        try expectEqual("longest name", answer.f_namemax, 255)
    },
]
