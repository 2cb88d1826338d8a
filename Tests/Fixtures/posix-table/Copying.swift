import CRawCalls
import Glibc

/// copy_file_range(2) from and to given places.
private func copy(_ from: Int32, _ source: off64_t, _ to: Int32, _ target: off64_t, _ count: Int, _ flags: UInt32 = 0)
    -> Int
{
    var source = source
    var target = target
    return copy_file_range(from, &source, to, &target, count, flags)
}

/// Two new files, open for reading and writing.
private func withTwo(_ at: Scratch, _ first: String, _ second: String, _ body: (Int32, Int32) throws -> Void) throws {
    let one = try at.create("a", holding: first)
    let two = try at.create("b", holding: second)
    defer {
        close(one)
        close(two)
    }
    try body(one, two)
}

let copyChecks: [Check] = [
    Check("copy-moves-both-offsets") { at in
        try withTwo(at, "hello world", "") { from, to in
            try must("lseek", lseek(from, 6, SEEK_SET))
            try expectEqual("copied", try must("copy", copy_file_range(from, nil, to, nil, 3, 0)), 3)
            try expectEqual("offset", lseek(from, 0, SEEK_CUR), 9)
            try expectEqual("offset", lseek(to, 0, SEEK_CUR), 3)
            try expectEqual("text", try at.text("b"), "wor")
        }
    },
    Check("copy-with-places-leaves-the-offsets") { at in
        try withTwo(at, "hello", "") { from, to in
            try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
            try expectEqual("offset", lseek(from, 0, SEEK_CUR), 5)
            try expectEqual("offset", lseek(to, 0, SEEK_CUR), 0)
        }
    },
    Check("copy-of-more-than-there-is") { at in
        try withTwo(at, "hello", "") { from, to in
            try expectEqual("copied", try must("copy", copy(from, 2, to, 0, 100)), 3)
            try expectEqual("text", try at.text("b"), "llo")
        }
    },
    Check("copy-behind-the-end-leaves-zeroes") { at in
        try withTwo(at, "hello", "ab") { from, to in
            try expectEqual("copied", try must("copy", copy(from, 0, to, 4, 5)), 5)
            try expectEqual("text", try at.text("b"), "ab\0\0hello")
        }
    },
    Check("copy-within-one-file") { at in
        let file = try at.create("a", holding: "hello.....")
        defer { close(file) }
        try expectEqual("copied", try must("copy", copy(file, 0, file, 5, 5)), 5)
        try expectEqual("text", try at.text("a"), "hellohello")
    },
    Check("copy-onto-itself-overlapping") { at in
        let file = try at.create("a", holding: "hello world")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try refused("copy", with: EINVAL, by: copy(file, 0, file, 3, 5))
        try refused("copy by two descriptors", with: EINVAL, by: copy(file, 0, second, 3, 5))
        try expectEqual("text", try at.text("a"), "hello world")
    },
    Check("copy-with-unknown-flags") { at in
        try withTwo(at, "hello", "") { from, to in try refused("copy", with: EINVAL, by: copy(from, 0, to, 0, 5, 1)) }
    },
    Check("copy-to-what-is-only-read") { at in
        try withTwo(at, "hello", "") { from, _ in
            let to = try must("open", at.open("b", O_RDONLY))
            defer { close(to) }
            try refused("copy", with: EBADF, by: copy(from, 0, to, 0, 5))
        }
    },
    Check("copy-from-what-is-only-written") { at in
        try withTwo(at, "hello", "") { _, to in
            let from = try must("open", at.open("a", O_WRONLY))
            defer { close(from) }
            try refused("copy", with: EBADF, by: copy(from, 0, to, 0, 5))
        }
    },
    Check("copy-to-the-end-by-append") { at in
        try withTwo(at, "hello", "") { from, _ in
            let to = try must("open", at.open("b", O_WRONLY | O_APPEND))
            defer { close(to) }
            try refused("copy", with: EBADF, by: copy(from, 0, to, 0, 5))
        }
    },
    Check("copy-from-a-directory") { at in
        let to = try at.create("b")
        let from = try must("open", at.open(".", O_RDONLY))
        defer {
            close(to)
            close(from)
        }
        try refused("copy", with: EISDIR, by: copy(from, 0, to, 0, 5))
    },
    Check("copy-from-a-fifo") { at in
        let to = try at.create("b")
        try must("mkfifo", mkfifo(at("p"), 0o600))
        let from = try must("open", at.open("p", O_RDWR | O_NONBLOCK))
        defer {
            close(to)
            close(from)
        }
        try refused("copy", with: EINVAL, by: copy(from, 0, to, 0, 5))
    },
    Check("copy-is-seen-by-readers") { at in
        try withTwo(at, "hello", "other text") { from, to in
            let reader = try must("open", at.open("b", O_RDONLY))
            defer { close(reader) }
            try expectEqual("before", try take(reader, at: 0, count: 20), "other text")
            try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
            try expectEqual("after", try take(reader, at: 0, count: 20), "hello text")
            try expectEqual("size", try at.status("b").st_size, 10)
        }
    },
    Check("copy-is-seen-by-a-mapping") { at in
        try withTwo(at, "hello", "other text") { from, to in
            let mapping = try Mapping(to, size: 4096)
            defer { mapping.end() }
            try expectEqual("before", mapping.text(count: 5), "other")
            try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
            try expectEqual("after", mapping.text(count: 5), "hello")
        }
    },
    Check("copy-takes-what-was-just-written") { at in
        try withTwo(at, "hello", "") { from, to in
            for letter in ["J", "C", "B"] {
                try put(from, letter, at: 0)
                try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
                try expectEqual("text", try at.text("b"), letter + "ello")
            }
        }
    },
    Check("copy-takes-what-is-mapped") { at in
        try withTwo(at, "hello", "") { from, to in
            let mapping = try Mapping(from, size: 4096)
            defer { mapping.end() }
            mapping.put("J")
            try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
            try expectEqual("text", try at.text("b"), "Jello")
        }
    },
    Check("copy-of-three-megabytes") { at in
        let text = String(repeating: "0123456789abcdef", count: 200_000)
        try withTwo(at, "", "") { from, to in
            try put(from, text, at: 0)
            var done = 0
            while done < text.utf8.count {
                let length = try must("copy", copy(from, off64_t(done), to, off64_t(done), text.utf8.count - done))
                try expect(length > 0, "stopped at \(done)")
                done += length
            }
            try expect(try take(to, at: 0, count: done + 1) == text, "the text differs")
        }
    },
    Check("copy-of-unlinked-files") { at in
        try withTwo(at, "hello", "") { from, to in
            try must("unlink", unlink(at("a")))
            try must("unlink", unlink(at("b")))
            try expectEqual("copied", try must("copy", copy(from, 0, to, 0, 5)), 5)
            try expectEqual("text", try take(to, at: 0, count: 9), "hello")
        }
    },
    Check("copy-beyond-4-gib") { at in
        try withTwo(at, "hello", "") { from, to in
            try expectEqual("copied", try must("copy", copy(from, 0, to, 5 << 30, 5)), 5)
            try expectEqual("text", try take(to, at: 5 << 30 - 1, count: 9), "\0hello")
        }
    },
    Check("copy-between-the-directory-and-elsewhere") { at in
        let from = try must("open", raw_openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0))
        let to = try at.create("b")
        defer {
            close(from)
            close(to)
        }
        // Between two kinds of file system the kernel may refuse, and cp(1) then reads and writes.
        let length = copy(from, 0, to, 0, 4)
        if length == -1 { return try refused("copy", with: EXDEV, EOPNOTSUPP, by: length) }
        try expectEqual("text", try take(to, at: 1, count: 3), "ELF")
    },
    Check("clone-of-a-file") { at in
        try withTwo(at, "hello", "") { from, to in
            let argument = UnsafeMutableRawPointer(bitPattern: Int(from))
            if raw_ioctl(to, raw_ficlone, argument) == -1 {
                throw NotOffered(description: "FICLONE: \(nameOfErrno(errno))")
            }
            try expectEqual("text", try at.text("b"), "hello")
        }
    },
    Check("sendfile-to-a-pipe-and-a-socket") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_RDONLY))
        var ends: [Int32] = [0, 0]
        try must("socketpair", socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends))
        defer { [file, ends[0], ends[1]].forEach { close($0) } }
        try expectEqual("sent", try must("sendfile", sendfile(ends[0], file, nil, 9)), 5)
        var room = [UInt8](repeating: 0, count: 9)
        try expectEqual("arrived", try must("read", read(ends[1], &room, 9)), 5)
    },
    Check("splice-of-a-megabyte-into-a-file") { at in
        let to = try at.create("b")
        var ends: [Int32] = [0, 0]
        try must("pipe", pipe(&ends))
        defer { [to, ends[0], ends[1]].forEach { close($0) } }
        let part = String(repeating: "s", count: 65536)
        for _ in 0..<16 {
            try put(ends[1], part)
            var left = 65536
            while left > 0 { left -= try must("splice", splice(ends[0], nil, to, nil, left, 0)) }
        }
        try expectEqual("size", try at.status("b").st_size, 1 << 20)
        try expect(try take(to, at: 0, count: 1 << 20).allSatisfy { $0 == "s" }, "the text differs")
    },
]
