import CRawCalls
import Glibc

private let collapseRange: Int32 = 0x08
private let zeroRange: Int32 = 0x10
private let insertRange: Int32 = 0x20
private let unknownMode: Int32 = 0x4000

/// A file of four blocks of one letter each.
private func withBlocks(_ at: Scratch, _ body: (Int32) throws -> Void) throws {
    let file = try at.create("a", holding: ["a", "b", "c", "d"].map { String(repeating: $0, count: 4096) }.joined())
    defer { close(file) }
    try body(file)
}

/// The letters that stand at the start of each block.
private func letters(_ file: Int32) throws -> String {
    let size = try statusOf(file).st_size
    return try stride(from: 0, to: size, by: 4096).map { try take(file, at: $0, count: 1) }.joined()
}

let allocationChecks: [Check] = [
    Check("allocate-behind-the-end-leaves-a-gap") { at in
        let file = try at.create("a", holding: "ab")
        defer { close(file) }
        try must("fallocate", fallocate(file, 0, 100_000, 1000))
        try expectEqual("size", try at.status("a").st_size, 101_000)
        try expectEqual("text", try take(file, at: 1, count: 2), "b\0")
    },
    Check("allocate-within-changes-nothing") { at in
        try withBlocks(at) { file in
            try must("fallocate", fallocate(file, 0, 0, 4096))
            try expectEqual("letters", try letters(file), "abcd")
        }
    },
    Check("allocate-by-posix") { at in
        let file = try at.create("a")
        defer { close(file) }
        try expectEqual("posix_fallocate", posix_fallocate(file, 0, 10_000), 0)
        try expectEqual("size", try at.status("a").st_size, 10_000)
        try expectEqual("posix_fallocate of nothing", posix_fallocate(file, 0, 0), EINVAL)
    },
    Check("allocate-with-bad-numbers") { at in
        let file = try at.create("a")
        defer { close(file) }
        try refused("no length", with: EINVAL, by: fallocate(file, 0, 0, 0))
        try refused("negative length", with: EINVAL, by: fallocate(file, 0, 0, -1))
        try refused("negative offset", with: EINVAL, by: fallocate(file, 0, -1, 10))
        try refused("past the largest offset", with: EFBIG, EINVAL, by: fallocate(file, 0, off_t.max - 5, 50))
    },
    Check("allocate-in-an-unknown-way") { at in
        try withBlocks(at) { file in
            try refused("fallocate", with: EOPNOTSUPP, EINVAL, by: fallocate(file, unknownMode, 0, 4096))
            try refused("hole and zero", with: EOPNOTSUPP, EINVAL, by: fallocate(file, 3 | zeroRange, 0, 4096))
            try refused("hole without the size", with: EOPNOTSUPP, EINVAL, by: fallocate(file, 2, 0, 4096))
            try expectEqual("letters", try letters(file), "abcd")
        }
    },
    Check("allocate-in-a-directory-or-fifo") { at in
        let directory = try must("open", at.open(".", O_RDONLY))
        try must("mkfifo", mkfifo(at("p"), 0o600))
        let fifo = try must("open", at.open("p", O_RDWR | O_NONBLOCK))
        defer {
            close(directory)
            close(fifo)
        }
        try refused("directory", with: EBADF, by: fallocate(directory, 0, 0, 10))
        try refused("fifo", with: ESPIPE, by: fallocate(fifo, 0, 0, 10))
    },
    Check("zero-a-range") { at in
        try withBlocks(at) { file in
            try offered("fallocate", fallocate(file, zeroRange, 4096, 8192))
            try expectEqual("letters", try letters(file), "a\0\0d")
            try must("fallocate", fallocate(file, zeroRange, 16384, 4096))
            try expectEqual("size", try at.status("a").st_size, 20480)
        }
    },
    Check("zero-a-range-keeping-the-size") { at in
        try withBlocks(at) { file in
            try offered("fallocate", fallocate(file, zeroRange | raw_keep_size, 12288, 8192))
            try expectEqual("letters", try letters(file), "abc\0")
        }
    },
    Check("zero-a-range-within-a-block") { at in
        try withBlocks(at) { file in
            try offered("fallocate", fallocate(file, zeroRange, 100, 50))
            try expectEqual("before", try take(file, at: 99, count: 2), "a\0")
            try expectEqual("behind", try take(file, at: 149, count: 2), "\0a")
        }
    },
    Check("collapse-a-range") { at in
        try withBlocks(at) { file in
            try expectEqual("before", try letters(file), "abcd")
            try offered("fallocate", fallocate(file, collapseRange, 4096, 4096))
            try expectEqual("letters", try letters(file), "acd")
            try expectEqual("size", try at.status("a").st_size, 12288)
        }
    },
    Check("insert-a-range") { at in
        try withBlocks(at) { file in
            try expectEqual("before", try letters(file), "abcd")
            try offered("fallocate", fallocate(file, insertRange, 4096, 4096))
            try expectEqual("letters", try letters(file), "a\0bcd")
            try expectEqual("size", try at.status("a").st_size, 20480)
        }
    },
    Check("collapse-off-the-grid") { at in
        try withBlocks(at) { file in
            try refused("fallocate", with: EINVAL, EOPNOTSUPP, by: fallocate(file, collapseRange, 10, 100))
            try refused("to the end", with: EINVAL, EOPNOTSUPP, by: fallocate(file, collapseRange, 8192, 8192))
            try expectEqual("letters", try letters(file), "abcd")
        }
    },
    Check("punch-a-hole-within-a-block") { at in
        try withBlocks(at) { file in
            try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 100, 50))
            try expectEqual("before", try take(file, at: 99, count: 2), "a\0")
            try expectEqual("behind", try take(file, at: 149, count: 2), "\0a")
        }
    },
    Check("punch-a-hole-behind-the-end") { at in
        try withBlocks(at) { file in
            try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 1 << 20, 4096))
            try must("across it", fallocate(file, raw_keep_size | raw_punch_hole, 12288, 1 << 20))
            try expectEqual("letters", try letters(file), "abc\0")
        }
    },
    Check("punched-hole-is-seen-by-a-mapping") { at in
        try withBlocks(at) { file in
            let mapping = try Mapping(file, size: 16384)
            defer { mapping.end() }
            try expectEqual("before", mapping.text(at: 4096, count: 1), "b")
            try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 4096, 4096))
            try expectEqual("after", mapping.text(at: 4096, count: 1), "\0")
            try expectEqual("behind", mapping.text(at: 8192, count: 1), "c")
        }
    },
    Check("punched-hole-gives-room-back") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 1 << 20))
        defer { close(file) }
        try must("fsync", fsync(file))
        let before = try at.status("a").st_blocks
        try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 0, 1 << 20))
        try must("fsync", fsync(file))
        let after = try at.status("a").st_blocks
        try expect(after + 1000 < before, "\(before) blocks, then \(after)")
    },
    Check("written-again-after-the-hole") { at in
        try withBlocks(at) { file in
            try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 0, 16384))
            try put(file, "Z", at: 8192)
            try expectEqual("letters", try letters(file), "\0\0Z\0")
        }
    },
]

let holeChecks: [Check] = [
    Check("seek-in-an-empty-file") { at in
        let file = try at.create("a")
        defer { close(file) }
        try refused("data", with: ENXIO, by: lseek(file, 0, SEEK_DATA))
        try refused("hole", with: ENXIO, by: lseek(file, 0, SEEK_HOLE))
    },
    Check("seek-in-a-file-without-holes") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("data", lseek(file, 2, SEEK_DATA), 2)
        try expectEqual("hole", lseek(file, 2, SEEK_HOLE), 5)
        try expectEqual("offset", lseek(file, 0, SEEK_CUR), 5)
    },
    Check("seek-from-the-end-or-before-the-start") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try refused("data at the end", with: ENXIO, by: lseek(file, 5, SEEK_DATA))
        try refused("hole at the end", with: ENXIO, by: lseek(file, 5, SEEK_HOLE))
        try refused("data before", with: ENXIO, EINVAL, by: lseek(file, -1, SEEK_DATA))
        try refused("no such way", with: EINVAL, by: lseek(file, 0, 77))
    },
    Check("seek-in-a-hole-alone") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, 1 << 20))
        try refused("data", with: ENXIO, by: lseek(file, 0, SEEK_DATA))
        try expectEqual("hole", lseek(file, 100, SEEK_HOLE), 100)
    },
    Check("seek-after-a-hole-was-punched") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 3 << 20))
        defer { close(file) }
        try must("fsync", fsync(file))
        try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 1 << 20, 1 << 20))
        try expectEqual("hole", lseek(file, 0, SEEK_HOLE), 1 << 20)
        try expectEqual("data", lseek(file, 1 << 20, SEEK_DATA), 2 << 20)
    },
    Check("seek-to-data-beyond-4-gib") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, "end", at: 6 << 30)
        try must("fsync", fsync(file))
        let data = lseek(file, 4096, SEEK_DATA)
        try expect(data > 5 << 30 && data <= 6 << 30, "data at \(data)")
    },
    Check("hole-punched-beyond-4-gib") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, String(repeating: "x", count: 12288), at: 5 << 30)
        try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, 5 << 30 + 4096, 4096))
        try expectEqual("before", try take(file, at: 5 << 30 + 4095, count: 2), "x\0")
        try expectEqual("behind", try take(file, at: 5 << 30 + 8191, count: 2), "\0x")
    },
    Check("text-across-the-4-gib-border") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, "border", at: 4 << 30 - 3)
        try expectEqual("text", try take(file, at: 4 << 30 - 4, count: 9), "\0border")
        let second = try must("open", at.open("a", O_RDONLY))
        defer { close(second) }
        try expectEqual("anew", try take(second, at: 4 << 30 - 3, count: 9), "border")
    },
    Check("truncate-down-from-beyond-4-gib") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, 6 << 30))
        try must("ftruncate", ftruncate(file, 4 << 30 + 1))
        try expectEqual("size", try at.status("a").st_size, 4 << 30 + 1)
        try must("truncate", truncate(at("a"), 3))
        try expectEqual("text", try at.text("a"), "hel")
    },
]
