import CRawCalls
import Glibc

/// A mapping of the first bytes of a file, and what can be done with it.
struct Mapping {
    let bytes: UnsafeMutableRawPointer
    let size: Int

    init(_ file: Int32, size: Int = 8192, _ protection: Int32 = PROT_READ | PROT_WRITE, _ kind: Int32 = MAP_SHARED)
        throws
    {
        let address = mmap(nil, size, protection, kind, file, 0)
        if address == MAP_FAILED { throw Failure("mmap: \(nameOfErrno(errno))") }
        bytes = address!
        self.size = size
    }

    func put(_ text: String, at offset: Int = 0) {
        bytes.advanced(by: offset).copyMemory(from: text, byteCount: text.utf8.count)
    }
    func text(at offset: Int = 0, count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes + offset, count: count), as: UTF8.self)
    }
    func end() { munmap(bytes, size) }
}

let mappingChecks: [Check] = [
    Check("mapped-write-is-read") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        defer { close(file) }
        let mapping = try Mapping(file)
        mapping.put("hello", at: 4094)
        try expectEqual("text", try take(file, at: 4094, count: 5), "hello")
        mapping.end()
    },
    Check("mapping-sees-a-write") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        defer { close(file) }
        let mapping = try Mapping(file)
        try expectEqual("text", mapping.text(at: 10, count: 5), "xxxxx")
        try put(file, "hello", at: 10)
        try expectEqual("text", mapping.text(at: 10, count: 5), "hello")
        mapping.end()
    },
    Check("mapped-write-survives-msync-and-close") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        let mapping = try Mapping(file)
        try must("close", close(file))
        mapping.put("hello")
        try must("msync", msync(mapping.bytes, mapping.size, MS_SYNC))
        mapping.end()
        try expect(try at.text("a").hasPrefix("hellox"), "the text is lost")
    },
    Check("mapped-write-without-msync") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        let mapping = try Mapping(file)
        mapping.put("hello")
        mapping.end()
        try must("close", close(file))
        try expect(try at.text("a").hasPrefix("hellox"), "the text is lost")
    },
    Check("private-mapping-keeps-to-itself") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        defer { close(file) }
        let mapping = try Mapping(file, PROT_READ | PROT_WRITE, MAP_PRIVATE)
        mapping.put("hello")
        try expectEqual("text", try take(file, at: 0, count: 5), "xxxxx")
        mapping.end()
    },
    Check("two-mappings-agree") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        let second = try must("open", at.open("a", O_RDONLY))
        defer {
            close(file)
            close(second)
        }
        let writing = try Mapping(file)
        let reading = try Mapping(second, PROT_READ)
        writing.put("hello", at: 5000)
        try expectEqual("text", reading.text(at: 5000, count: 5), "hello")
        writing.end()
        reading.end()
    },
    Check("two-processes-map-one-file") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 8192))
        defer { close(file) }
        let mapping = try Mapping(file)
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            let mapped = try Mapping(other)
            mapped.put("hello")
            mapped.end()
        }
        try expectEqual("text", mapping.text(count: 5), "hello")
        mapping.end()
    },
    Check("mapping-outlives-the-name") { at in
        let file = try at.create("a", holding: "hello")
        let mapping = try Mapping(file, size: 4096)
        try must("close", close(file))
        try must("unlink", unlink(at("a")))
        try expectEqual("text", mapping.text(count: 5), "hello")
        mapping.end()
    },
    Check("writable-shared-mapping-needs-a-writable-descriptor") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_RDONLY))
        defer { close(file) }
        let address = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        try refused("mmap", with: EACCES, by: address == MAP_FAILED ? -1 : 0)
    },
]
