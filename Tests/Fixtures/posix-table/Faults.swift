import CRawCalls
import Glibc

private let page = 4096

/// The number of the signal that ends a child which touches memory; 0 if none does.
private func signalOf(_ body: () -> Void) throws -> Int32 {
    let child = try must("fork", fork())
    if child == 0 {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // The runtime of Swift would catch them to write a trace.
        signal(SIGBUS, SIG_DFL)
        signal(SIGSEGV, SIG_DFL)
        body()
        _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return raw_signal(status)
}

/// A mapping's address as mmap(2)'s answer, for those that must be refused.
private func map(_ file: Int32, _ protection: Int32, _ kind: Int32 = MAP_SHARED, size: Int = page) -> Int {
    Int(bitPattern: mmap(nil, size, protection, kind, file, 0))
}

let faultChecks: [Check] = [
    Check("mapping-behind-the-end-faults") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: 2 * page, PROT_READ)
        defer { mapping.end() }
        try expectEqual("within the last page", mapping.text(at: 5, count: 2), "\0\0")
        try expectEqual("signal", try signalOf { _ = mapping.text(at: page, count: 1) }, SIGBUS)
    },
    Check("mapping-of-a-truncated-file-faults") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 2 * page))
        defer { close(file) }
        let mapping = try Mapping(file, size: 2 * page)
        defer { mapping.end() }
        try expectEqual("before", mapping.text(at: page, count: 1), "x")
        try must("ftruncate", ftruncate(file, 1))
        try expectEqual("signal", try signalOf { _ = mapping.text(at: page, count: 1) }, SIGBUS)
        try expectEqual("rest of the page", mapping.text(at: 0, count: 2), "x\0")
    },
    Check("mapping-of-a-grown-file-is-whole") { at in
        let file = try at.create("a", holding: "x")
        defer { close(file) }
        let mapping = try Mapping(file, size: 2 * page)
        defer { mapping.end() }
        try must("ftruncate", ftruncate(file, off_t(2 * page)))
        mapping.put("hello", at: page + 10)
        try expectEqual("text", try take(file, at: off_t(page + 9), count: 6), "\0hello")
    },
    Check("mapped-write-behind-the-end-is-not-kept") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page)
        mapping.put("secret", at: 100)
        try must("msync", msync(mapping.bytes, page, MS_SYNC))
        mapping.end()
        try expectEqual("size", try at.status("a").st_size, 5)
        try must("ftruncate", ftruncate(file, 200))
        let found = try take(file, at: 100, count: 6)
        // tmpfs has no copy of the page but this one.
        if found == "secret" { throw NotOffered(description: "it is kept until the page is given up") }
        try expectEqual("text", found, "\0\0\0\0\0\0")
    },
    Check("mapping-made-writable-later") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page, PROT_READ)
        defer { mapping.end() }
        try expectEqual("signal", try signalOf { mapping.put("J") }, SIGSEGV)
        try must("mprotect", mprotect(mapping.bytes, page, PROT_READ | PROT_WRITE))
        mapping.put("J")
        try expectEqual("text", try at.text("a"), "Jello")
    },
    Check("mapping-of-what-is-only-read-stays-so") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_RDONLY))
        defer { close(file) }
        let shared = try Mapping(file, size: page, PROT_READ)
        let own = try Mapping(file, size: page, PROT_READ, MAP_PRIVATE)
        defer {
            shared.end()
            own.end()
        }
        try refused("shared", with: EACCES, by: mprotect(shared.bytes, page, PROT_READ | PROT_WRITE))
        try must("private", mprotect(own.bytes, page, PROT_READ | PROT_WRITE))
        own.put("J")
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("mapping-needs-the-right-to-read") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_WRONLY))
        defer { close(file) }
        try refused("shared", with: EACCES, by: map(file, PROT_WRITE))
        try refused("private", with: EACCES, by: map(file, PROT_READ, MAP_PRIVATE))
    },
    Check("mapping-of-a-directory") { at in
        let directory = try must("open", at.open(".", O_RDONLY))
        defer { close(directory) }
        try refused("mmap", with: ENODEV, by: map(directory, PROT_READ))
    },
    Check("mapping-of-nothing") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try refused("mmap", with: EINVAL, by: map(file, PROT_READ, size: 0))
    },
    Check("mapping-to-execute") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page, PROT_READ | PROT_EXEC, MAP_PRIVATE)
        try expectEqual("text", mapping.text(count: 5), "hello")
        mapping.end()
    },
    Check("mapped-write-is-read-by-another-process") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        for letter in ["J", "C", "B"] {
            mapping.put(letter)
            try inChild { try expectEqual("text", try at.text("a"), letter + "ello") }
        }
    },
    Check("mapping-sees-another-process-write") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        for letter in ["J", "C", "B"] {
            try inChild { try put(try must("open", at.open("a", O_WRONLY)), letter, at: 0) }
            try expectEqual("text", mapping.text(count: 5), letter + "ello")
        }
    },
    Check("mapping-is-shared-with-a-child") { at in
        let file = try at.create("a", holding: "hello")
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        try must("close", close(file))
        try inChild { mapping.put("J") }
        try expectEqual("mapped", mapping.text(count: 5), "Jello")
        try expectEqual("text", try at.text("a"), "Jello")
    },
    Check("private-mapping-starts-from-the-file") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let own = try Mapping(file, size: page, PROT_READ | PROT_WRITE, MAP_PRIVATE)
        own.put("J")
        try inChild { try expectEqual("in the child", own.text(count: 5), "Jello") }
        own.end()
        let again = try Mapping(file, size: page, PROT_READ, MAP_PRIVATE)
        try expectEqual("anew", again.text(count: 5), "hello")
        again.end()
    },
    Check("write-from-the-mapping-of-the-same-file") { at in
        // The pages to be read are those to be written: a file system that locks them first would wait for itself.
        let file = try at.create("a", holding: "hello" + String(repeating: "x", count: 8187))
        defer { close(file) }
        let mapping = try Mapping(file, size: 8192)
        defer { mapping.end() }
        try expectEqual("written", try must("pwrite", pwrite(file, mapping.bytes, 5, 4096)), 5)
        try expectEqual("onto itself", try must("pwrite", pwrite(file, mapping.bytes, 4096, 0)), 4096)
        try expectEqual("text", try take(file, at: 4096, count: 6), "hellox")
    },
    Check("read-into-the-mapping-of-the-same-file") { at in
        let file = try at.create("a", holding: "hello" + String(repeating: "x", count: 8187))
        defer { close(file) }
        let mapping = try Mapping(file, size: 8192)
        defer { mapping.end() }
        try expectEqual("read", try must("pread", pread(file, mapping.bytes + 4096, 5, 0)), 5)
        try expectEqual("text", try take(file, at: 4096, count: 6), "hellox")
    },
    Check("mapping-of-a-hole-is-filled") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("ftruncate", ftruncate(file, off_t(16 * page)))
        let mapping = try Mapping(file, size: 16 * page)
        mapping.put("hello", at: 9 * page)
        try must("msync", msync(mapping.bytes, mapping.size, MS_SYNC))
        mapping.end()
        try expectEqual("text", try take(file, at: off_t(9 * page), count: 5), "hello")
        try expect(try at.status("a").st_blocks < 16 * 8, "the hole was filled")
    },
    Check("mapping-from-a-later-page") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: page) + "hello")
        defer { close(file) }
        let address = mmap(nil, page, PROT_READ, MAP_SHARED, file, off_t(page))
        try expect(address != MAP_FAILED, "mmap: \(nameOfErrno(errno))")
        let text = String(decoding: UnsafeRawBufferPointer(start: address, count: 5), as: UTF8.self)
        munmap(address, page)
        try expectEqual("text", text, "hello")
        let odd = mmap(nil, page, PROT_READ, MAP_SHARED, file, 100)
        try refused("off the grid", with: EINVAL, by: Int(bitPattern: odd))
    },
    Check("mapping-beyond-4-gib") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, "hello", at: 5 << 30)
        let address = mmap(nil, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 5 << 30)
        try expect(address != MAP_FAILED, "mmap: \(nameOfErrno(errno))")
        address!.storeBytes(of: 74, as: UInt8.self)
        munmap(address, page)
        try expectEqual("text", try take(file, at: 5 << 30, count: 9), "Jello")
    },
    Check("msync-in-its-three-ways") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        mapping.put("J")
        try must("MS_ASYNC", msync(mapping.bytes, page, MS_ASYNC))
        try must("MS_INVALIDATE", msync(mapping.bytes, page, MS_SYNC | MS_INVALIDATE))
        try expectEqual("text", try at.text("a"), "Jello")
        try refused("both", with: EINVAL, by: msync(mapping.bytes, page, MS_SYNC | MS_ASYNC))
    },
    Check("mapping-advised-to-forget-reads-anew") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        mapping.put("J")
        try must("madvise", madvise(mapping.bytes, page, MADV_DONTNEED))
        try expectEqual("text", mapping.text(count: 5), "Jello")
    },
    Check("mapping-outlives-a-rename-over-it") { at in
        let file = try at.create("a", holding: "old")
        let mapping = try Mapping(file, size: page)
        defer { mapping.end() }
        try must("close", close(file))
        try at.file("b", "new")
        try must("rename", rename(at("b"), at("a")))
        try expectEqual("mapped", mapping.text(count: 3), "old")
        mapping.put("J")
        try expectEqual("text", try at.text("a"), "new")
    },
]
