import CRawCalls
import Glibc

let appendChecks: [Check] = [
    Check("append-ignores-the-offset") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_RDWR | O_APPEND))
        defer { close(file) }
        try must("lseek", lseek(file, 0, SEEK_SET))
        try put(file, "!")
        try expectEqual("text", try at.text("a"), "hello!")
        try expectEqual("offset", lseek(file, 0, SEEK_CUR), 6)
    },
    Check("append-follows-a-truncation") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer { close(file) }
        try put(file, "!")
        try must("truncate", truncate(at("a"), 2))
        try put(file, "!")
        try expectEqual("text", try at.text("a"), "he!")
    },
    Check("append-follows-another-descriptor") { at in
        let plain = try at.create("a", holding: "one")
        let append = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer {
            close(plain)
            close(append)
        }
        try put(append, " two")
        try put(plain, " three", at: 7)
        try put(append, " four")
        try expectEqual("text", try at.text("a"), "one two three four")
    },
    Check("append-is-turned-on-and-off") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("F_SETFL", raw_fcntl(file, F_SETFL, Int(O_APPEND)))
        try must("lseek", lseek(file, 0, SEEK_SET))
        try put(file, "!")
        try must("F_SETFL", raw_fcntl(file, F_SETFL, 0))
        try must("lseek", lseek(file, 0, SEEK_SET))
        try put(file, "J")
        try expectEqual("text", try at.text("a"), "Jello!")
    },
    Check("append-wins-over-pwrite") { at in
        // Linux appends whatever the offset of pwrite(2) says: its manual page owns it as a bug.
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer { close(file) }
        try put(file, "!", at: 0)
        try expectEqual("text", try at.text("a"), "hello!")
    },
    Check("append-for-one-write") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        var byte = Array("!".utf8)
        try byte.withUnsafeMutableBytes {
            var part = iovec(iov_base: $0.baseAddress, iov_len: 1)
            try expectEqual("written", try must("pwritev2", pwritev2(file, &part, 1, 0, 0x10)), 1)
        }
        try expectEqual("text", try at.text("a"), "hello!")
    },
    Check("append-of-four-processes-at-once") { at in
        try at.file("a")
        try atOnce(4) { number in
            let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
            for _ in 0..<200 { try put(file, String(repeating: "\(number)", count: 31) + "\n") }
        }
        let lines = try at.text("a").split(separator: "\n")
        try expectEqual("lines", lines.count, 800)
        try expect(lines.allSatisfy { $0.count == 31 && Set($0).count == 1 }, "a line is torn")
    },
    Check("append-of-a-vector-is-one-write") { at in
        try at.file("a", ">")
        let file = try must("open", at.open("a", O_WRONLY | O_APPEND))
        defer { close(file) }
        var one = Array("one".utf8)
        try one.withUnsafeMutableBytes { one in
            var parts = [iovec(iov_base: one.baseAddress, iov_len: 3), iovec(iov_base: one.baseAddress, iov_len: 2)]
            try expectEqual("written", try must("writev", writev(file, &parts, 2)), 5)
        }
        try expectEqual("text", try at.text("a"), ">oneon")
    },
]

/// Runs the block in a child that may write no file beyond so many bytes, and is told so by EFBIG alone.
private func withFileLimit(_ bytes: UInt, _ body: () throws -> Void) throws {
    try inChild {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        try must("setrlimit", setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit))
        try body()
    }
}

let limitChecks: [Check] = [
    Check("write-up-to-the-limit-is-short") { at in
        try withFileLimit(10) {
            let file = try at.create("a", holding: "12345678")
            try expectEqual("written", try must("write", write(file, "abcd", 4)), 2)
            try refused("write", with: EFBIG, by: write(file, "x", 1))
        }
        try expectEqual("text", try at.text("a"), "12345678ab")
    },
    Check("truncate-beyond-the-limit") { at in
        try withFileLimit(10) {
            let file = try at.create("a")
            try refused("ftruncate", with: EFBIG, by: ftruncate(file, 11))
            try must("ftruncate", ftruncate(file, 10))
        }
    },
    Check("allocate-beyond-the-limit") { at in
        try withFileLimit(4096) {
            let file = try at.create("a")
            try refused("fallocate", with: EFBIG, by: fallocate(file, 0, 0, 8192))
        }
    },
    Check("negative-offsets-are-refused") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        var byte: UInt8 = 0
        try refused("pread", with: EINVAL, by: pread(file, &byte, 1, -1))
        try refused("pwrite", with: EINVAL, by: pwrite(file, &byte, 1, -1))
        try refused("ftruncate", with: EINVAL, by: ftruncate(file, -1))
        try refused("truncate", with: EINVAL, by: truncate(at("a"), -1))
    },
    Check("size-beyond-every-file-system") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try refused("pwrite", with: EFBIG, EINVAL, by: pwrite(file, "x", 1, off_t.max))
        try expectEqual("size", try at.status("a").st_size, 5)
    },
    Check("write-of-nothing") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("written", try must("write", write(file, "", 0)), 0)
        try expectEqual("behind the end", try must("pwrite", pwrite(file, "", 0, 100)), 0)
        try expectEqual("size", try at.status("a").st_size, 5)
    },
    Check("read-of-nothing") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        var byte: UInt8 = 0
        try expectEqual("read", try must("pread", pread(file, &byte, 0, 0)), 0)
    },
    Check("memory-that-is-not-there") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let nowhere = UnsafeMutableRawPointer(bitPattern: 0x10)!
        try refused("read", with: EFAULT, by: pread(file, nowhere, 5, 0))
        try refused("write", with: EFAULT, by: pwrite(file, nowhere, 5, 0))
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("partly-written-pages-keep-their-rest") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 12288))
        defer { close(file) }
        for place in [0, 4095, 4096, 8191, 12287] as [off_t] { try put(file, "Y", at: place) }
        let text = Array(try take(file, at: 0, count: 12288))
        try expectEqual("changed", text.filter { $0 == "Y" }.count, 5)
        try expectEqual("kept", text.filter { $0 == "x" }.count, 12283)
    },
    Check("writes-in-reverse-order") { at in
        let file = try at.create("a")
        defer { close(file) }
        for number in (0..<300).reversed() { try put(file, "\(number % 10)", at: off_t(number * 997)) }
        for number in 0..<300 {
            try expectEqual("text", try take(file, at: off_t(number * 997), count: 1), "\(number % 10)")
        }
        try expectEqual("between", try take(file, at: 500, count: 2), "\0\0")
    },
    Check("processes-write-parts-of-one-file-at-once") { at in
        try at.file("a")
        try atOnce(4) { number in
            let file = try must("open", at.open("a", O_WRONLY))
            for round in 0..<50 { try put(file, "\(number)", at: off_t(round * 4 + number)) }
        }
        try expectEqual("text", try at.text("a"), String(repeating: "0123", count: 50))
    },
]
