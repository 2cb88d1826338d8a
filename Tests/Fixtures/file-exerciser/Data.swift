import CRawCalls
import Glibc

extension Exerciser {
    mutating func read() throws {
        let range = range()
        note("read \(range)\(isDirect ? " DIRECT" : "")")
        try model.expect(try pread(range), at: range.lowerBound, of: range.count)
    }

    mutating func write() throws {
        let range = range()
        let new = bytes(range.count)
        note("write \(range)\(isDirect ? " DIRECT" : "")")
        let length = try withRoom(range.count) { room in
            memcpy(room, new, new.count)
            return try must("pwrite", Glibc.pwrite(file, room, range.count, range.lowerBound))
        }
        try expectEqual("the length written", length, range.count)
        model.write(new, at: range.lowerBound)
    }

    /// Through a descriptor of its own.
    mutating func append() throws {
        let count = min(1 + random.below(3000), arguments.size - model.size)
        if count <= 0 { return try truncateOpen() }
        let new = bytes(count)
        note("append \(count) at \(model.size)")
        let other = try must("open", raw_openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0))
        defer { close(other) }
        try expectEqual("the length written", try must("write", Glibc.write(other, new, count)), count)
        model.write(new, at: model.size)
    }

    mutating func checkAll() throws {
        note("read all")
        let other = try must("open", raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0))
        defer { close(other) }
        var found = [UInt8](repeating: 1, count: arguments.size + 4096)
        let length = try must("pread", Glibc.pread(other, &found, found.count, 0))
        try model.expect(Array(found[..<length]), at: 0, of: found.count)
    }

    /// Not with O_DIRECT, which takes whole blocks at most.
    mutating func copyWithin() throws {
        if isDirect { return try read() }
        let from = range(within: arguments.size / 2)
        let first = max(arguments.size / 2, from.upperBound)
        let to = first + random.below(max(arguments.size - first - from.count, 1))
        let expected = Array(model.read(from.count, at: from.lowerBound))
        note("copy_file_range \(from) to \(to)")
        var (source, target) = (off64_t(from.lowerBound), off64_t(to))
        let length = try must("copy_file_range", copy_file_range(file, &source, file, &target, from.count, 0))
        try expectEqual("the length copied", length, expected.count)
        if length > 0 { model.write(expected, at: to) }
    }

    mutating func reopen() throws {
        note("close and open")
        try closeFile()
        try openFile()
    }

    mutating func synchronize() throws {
        note("fsync")
        try must("fsync", random.chance(50) ? fsync(file) : fdatasync(file))
    }

    private func pread(_ range: Range<Int>) throws -> [UInt8] {
        try withRoom(range.count) { room in
            let length = try must("pread", Glibc.pread(file, room, range.count, range.lowerBound))
            return [UInt8](UnsafeRawBufferPointer(start: room, count: length))
        }
    }
}

/// Memory as O_DIRECT wants it.
func withRoom<Value>(_ count: Int, _ body: (UnsafeMutableRawPointer) throws -> Value) rethrows -> Value {
    let room = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
    defer { room.deallocate() }
    return try body(room)
}
