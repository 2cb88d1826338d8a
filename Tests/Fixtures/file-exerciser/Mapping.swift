import CRawCalls
import Glibc

extension Exerciser {
    mutating func mapAndRead() throws {
        guard let range = rangeOfFile() else { return try truncateOpen() }
        note("mmap, read \(range)")
        try withMapping(of: range, PROT_READ) { memory in
            var found = [UInt8](repeating: 0, count: range.count)
            let length = try must("load", Glibc.pwrite(staging, memory, range.count, 0))
            try expectEqual("the length loaded", length, range.count)
            try must("load", Glibc.pread(staging, &found, found.count, 0))
            try model.expect(found, at: range.lowerBound, of: range.count)
        }
    }

    /// Now and then it is left to munmap(2) and close(2) that others see what was stored.
    mutating func mapAndWrite() throws {
        guard let range = rangeOfFile() else { return try truncateOpen() }
        let (new, synchronizes) = (bytes(range.count), random.chance(60))
        note("mmap, store \(range)\(synchronizes ? ", msync" : "")")
        try withMapping(of: range, PROT_READ | PROT_WRITE) { memory in
            try must("store", Glibc.pwrite(staging, new, new.count, 0))
            let length = try must("store", Glibc.pread(staging, memory, new.count, 0))
            try expectEqual("the length stored", length, new.count)
            let start = range.lowerBound & 4095
            if synchronizes { try must("msync", msync(memory - start, range.count + start, MS_SYNC)) }
        }
        model.write(new, at: range.lowerBound)
    }

    /// Only what the file has: behind its end there is nothing to load or store.
    private mutating func rangeOfFile() -> Range<Int>? {
        if model.size < 4097 { return nil }
        return range(within: model.size, anyway: true)
    }

    private func withMapping(
        of range: Range<Int>, _ protection: Int32, _ body: (UnsafeMutableRawPointer) throws -> Void
    ) throws {
        let first = range.lowerBound & ~4095
        let length = range.upperBound - first
        guard let memory = mmap(nil, length, protection, MAP_SHARED, file, first), memory != MAP_FAILED else {
            throw Failure("mmap: \(nameOfErrno(errno))")
        }
        defer { munmap(memory, length) }
        try body(memory + (range.lowerBound - first))
    }
}
