import CRawCalls
import Glibc

let dataChecks: [Check] = [
    Check("read-past-the-end-is-empty") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("text", try take(file, at: 5, count: 9), "")
        try expectEqual("text", try take(file, at: 500, count: 9), "")
    },
    Check("read-across-the-end-is-short") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("text", try take(file, at: 3, count: 9), "lo")
    },
    Check("write-behind-the-end-leaves-zeroes") { at in
        let file = try at.create("a", holding: "a")
        defer { close(file) }
        try put(file, "b", at: 4)
        try expectEqual("text", try take(file, at: 0, count: 9), "a\0\0\0b")
    },
    Check("write-in-the-middle") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try put(file, "LL", at: 2)
        try expectEqual("text", try take(file, at: 0, count: 9), "heLLo")
    },
    Check("large-write-and-read-back") { at in
        let file = try at.create("a")
        defer { close(file) }
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        var done = 0
        while done < bytes.count {
            done += try must("write", bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, bytes.count - done) })
        }
        var back = [UInt8](repeating: 0, count: bytes.count)
        var length = 0
        try must("lseek", lseek(file, 0, SEEK_SET))
        while length < back.count {
            let room = back.count - length
            let got = try must("read", back.withUnsafeMutableBytes { read(file, $0.baseAddress! + length, room) })
            try expect(got > 0, "the file ended at \(length)")
            length += got
        }
        try expect(back == bytes, "the bytes differ")
    },
    Check("vectors-read-and-write") { at in
        let file = try at.create("a")
        defer { close(file) }
        var one = Array("one".utf8)
        var two = Array("two!".utf8)
        try one.withUnsafeMutableBytes { one in
            try two.withUnsafeMutableBytes { two in
                var parts = [
                    iovec(iov_base: one.baseAddress, iov_len: 3), iovec(iov_base: two.baseAddress, iov_len: 4),
                ]
                try expectEqual("written", try must("writev", writev(file, &parts, 2)), 7)
                try must("lseek", lseek(file, 0, SEEK_SET))
                one[0] = 0
                two[3] = 0
                try expectEqual("read", try must("readv", readv(file, &parts, 2)), 7)
            }
        }
        try expectEqual("text", String(decoding: one + two, as: UTF8.self), "onetwo!")
    },
    Check("offsets-of-lseek") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("current", lseek(file, 0, SEEK_CUR), 5)
        try expectEqual("from the end", lseek(file, -2, SEEK_END), 3)
        try expectEqual("behind the end", lseek(file, 100, SEEK_SET), 100)
        try refused("lseek", with: EINVAL, by: lseek(file, -1, SEEK_SET))
    },
    Check("duplicates-share-the-offset") { at in
        let file = try at.create("a", holding: "hello")
        let copy = try must("dup", dup(file))
        defer {
            close(file)
            close(copy)
        }
        try must("lseek", lseek(file, 1, SEEK_SET))
        try expectEqual("offset", lseek(copy, 0, SEEK_CUR), 1)
    },
    Check("two-descriptors-see-each-other") { at in
        let writer = try at.create("a")
        let reader = try must("open", at.open("a", O_RDONLY))
        defer {
            close(writer)
            close(reader)
        }
        for text in ["one", "two", "three"] {
            try must("ftruncate", ftruncate(writer, 0))
            try put(writer, text, at: 0)
            try expectEqual("text", try take(reader, at: 0, count: 9), text)
        }
    },
    Check("another-process-sees-a-write") { at in
        try at.file("a", "before")
        try expectEqual("text", try at.text("a"), "before")
        try inChild {
            let file = try must("open", at.open("a", O_WRONLY | O_TRUNC))
            try put(file, "after it")
            try must("close", close(file))
        }
        try expectEqual("text", try at.text("a"), "after it")
        try expectEqual("size", try at.status("a").st_size, 8)
    },
    Check("sync-calls") { at in
        let file = try at.create("a", holding: "hello")
        let directory = try must("open", at.open(".", O_RDONLY))
        defer {
            close(file)
            close(directory)
        }
        try must("fsync", fsync(file))
        try must("fdatasync", fdatasync(file))
        try must("fsync of the directory", fsync(directory))
        try must("syncfs", syncfs(file))
    },
    Check("advice-is-taken") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try expectEqual("posix_fadvise", posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL), 0)
        try expectEqual("posix_fadvise", posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0)
        try expectEqual("text", try take(file, at: 0, count: 9), "hello")
    },
    Check("direct-reads-and-writes") { at in
        let file = try must("open", at.open("a", O_RDWR | O_CREAT | raw_direct))
        defer { close(file) }
        let block = UnsafeMutableRawPointer.allocate(byteCount: 8192, alignment: 4096)
        defer { block.deallocate() }
        memset(block, 65, 8192)
        try expectEqual("written", try must("pwrite", pwrite(file, block, 8192, 4096)), 8192)
        memset(block, 0, 8192)
        try expectEqual("read", try must("pread", pread(file, block, 4096, 8192)), 4096)
        try expectEqual("byte", block.load(as: UInt8.self), 65)
        try expectEqual("size", try statusOf(file).st_size, 12288)
    },
    Check("copy-file-range-between-files") { at in
        let from = try at.create("a", holding: "hello world")
        let to = try at.create("b", holding: "0123456789")
        defer {
            close(from)
            close(to)
        }
        var source: off64_t = 6
        var target: off64_t = 2
        try expectEqual("copied", try must("copy", copy_file_range(from, &source, to, &target, 5, 0)), 5)
        try expectEqual("text", try at.text("b"), "01world789")
    },
    Check("copy-file-range-past-the-end") { at in
        let from = try at.create("a", holding: "hello")
        let to = try at.create("b")
        defer {
            close(from)
            close(to)
        }
        var source: off64_t = 5
        try expectEqual("copied", try must("copy", copy_file_range(from, &source, to, nil, 5, 0)), 0)
    },
    Check("sendfile-from-file-to-file") { at in
        let from = try at.create("a", holding: "hello")
        let to = try at.create("b")
        defer {
            close(from)
            close(to)
        }
        var offset: off_t = 1
        try expectEqual("sent", try must("sendfile", sendfile(to, from, &offset, 3)), 3)
        try expectEqual("text", try at.text("b"), "ell")
    },
    Check("splice-through-a-pipe") { at in
        let from = try at.create("a", holding: "hello")
        let to = try at.create("b")
        var ends: [Int32] = [0, 0]
        try must("pipe", pipe(&ends))
        defer { [from, to, ends[0], ends[1]].forEach { close($0) } }
        var offset: off64_t = 0
        try expectEqual("in", try must("splice", splice(from, &offset, ends[1], nil, 5, 0)), 5)
        try expectEqual("out", try must("splice", splice(ends[0], nil, to, nil, 5, 0)), 5)
        try expectEqual("text", try at.text("b"), "hello")
    },
    Check("poll-is-always-ready") { at in
        let file = try at.create("a")
        defer { close(file) }
        var wanted = pollfd(fd: file, events: Int16(POLLIN | POLLOUT), revents: 0)
        try expectEqual("ready", poll(&wanted, 1, 0), 1)
    },
]
