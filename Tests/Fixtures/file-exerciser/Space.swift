import CRawCalls
import Glibc

extension Exerciser {
    mutating func truncateOpen() throws {
        let size = random.below(arguments.size)
        note("ftruncate \(model.size) to \(size)")
        try must("ftruncate", ftruncate(file, size))
        model.resize(to: size)
    }

    mutating func truncatePath() throws {
        let size = random.below(arguments.size)
        note("truncate \(model.size) to \(size)")
        try must("truncate", truncate(path, size))
        model.resize(to: size)
    }

    mutating func allocate() throws {
        let (range, keeps) = (range(), random.chance(50))
        note("fallocate\(keeps ? " KEEP_SIZE" : "") \(range)")
        try must("fallocate", fallocate(file, keeps ? raw_keep_size : 0, range.lowerBound, range.count))
        if !keeps { model.grow(to: range.upperBound) }
    }

    mutating func punch() throws {
        let range = range()
        note("punch a hole \(range)")
        try must("fallocate", fallocate(file, raw_keep_size | raw_punch_hole, range.lowerBound, range.count))
        model.zero(range)
    }

    /// Where the file system has no such call, nothing may have changed.
    mutating func zeroRange() throws {
        let (range, keeps) = (range(), random.chance(50))
        note("zero\(keeps ? " KEEP_SIZE" : "") \(range)")
        let mode = FALLOC_FL_ZERO_RANGE | (keeps ? raw_keep_size : 0)
        if fallocate(file, mode, range.lowerBound, range.count) == -1 {
            if errno == EOPNOTSUPP { return note("which is not supported") }
            throw Failure("fallocate: \(nameOfErrno(errno))")
        }
        model.zero(range)
        if !keeps { model.grow(to: range.upperBound) }
    }

    /// What is skipped on the way to data must be zero, and a hole must begin with a zero or at the end.
    mutating func seekDataOrHole() throws {
        let (offset, isData) = (range().lowerBound, random.chance(50))
        note("lseek \(isData ? "DATA" : "HOLE") \(offset)")
        let answer = lseek(file, offset, isData ? SEEK_DATA : SEEK_HOLE)
        if answer == -1 && errno != ENXIO { throw Failure("lseek: \(nameOfErrno(errno))") }
        if offset >= model.size { return try expectEqual("the offset", answer, -1) }
        if answer == -1 && !isData { throw Failure("no hole where the file ends") }
        let end = answer == -1 ? model.size : answer
        if end < offset || end > model.size { throw Failure("the offset \(end) is outside the file") }
        let zeroes = isData ? model.read(end - offset, at: offset) : model.read(1, at: end)
        if let place = zeroes.firstIndex(where: { $0 != 0 }) { throw Failure("a hole over the data at \(place)") }
    }
}
