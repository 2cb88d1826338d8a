import CRawCalls
import Glibc

private let allocationModes: [(Int32, String)] = [
    (0, "grow"), (raw_keep_size, "KEEP_SIZE"), (raw_keep_size | raw_punch_hole, "PUNCH_HOLE"),
    (FALLOC_FL_ZERO_RANGE, "ZERO_RANGE"), (FALLOC_FL_ZERO_RANGE | raw_keep_size, "ZERO_RANGE|KEEP_SIZE"),
]

// FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE are missing: the kernel's FUSE refuses them itself.
extension Choice {
    mutating func truncating() -> Operation {
        let (place, length) = (place(), random.chance(20) ? 0 : offset())
        let errors = pathErrors + [EISDIR, EINVAL, ENXIO]
        return Operation("truncate \(place) \(length)", mayFail: errors) { Answer(truncate($0.path(place), length)) }
    }

    mutating func truncatingOpen() -> Operation {
        let (slot, length) = (slot(), random.chance(20) ? 0 : offset())
        return Operation("ftruncate #\(slot) \(length)", mayFail: [EBADF, EINVAL]) { side in
            Answer(ftruncate(side.slots[slot], length))
        }
    }

    mutating func allocating() -> Operation {
        let (slot, offset, length) = (slot(), offset(), length() + (random.chance(5) ? 0 : 1))
        let (mode, name) = random.one(of: allocationModes)
        let errors = [EBADF, EINVAL, EISDIR, ENODEV, ESPIPE, EOPNOTSUPP]
        return Operation("fallocate #\(slot) \(name) \(offset) \(length)", mayFail: errors) { side in
            Answer(fallocate(side.slots[slot], mode, offset, length))
        }
    }

    mutating func seeking() -> Operation {
        let (slot, offset, whence) = (slot(), offset() - 100, random.one(of: [SEEK_SET, SEEK_CUR, SEEK_END]))
        return Operation("lseek #\(slot) \(offset) whence \(whence)", mayFail: [EBADF, EINVAL, ESPIPE]) { side in
            // What the offsets of a directory mean is the file system's own affair.
            if side.directories.contains(slot) { return Answer(text: "a directory") }
            return Answer(lseek(side.slots[slot], offset, whence))
        }
    }

    /// Which allocated blocks count as data depends on what is cached (unwritten extents): each side must tell the
    /// truth, and need not say the same. The file's offset is put back, since it may differ too.
    mutating func seekingDataOrHole() -> Operation {
        let (slot, offset, isData) = (slot(), offset(), random.chance(50))
        let errors = [EBADF, EINVAL, ESPIPE, ENXIO]
        return Operation("lseek #\(slot) \(offset) \(isData ? "DATA" : "HOLE")", mayFail: errors) { side in
            let file = side.slots[slot]
            if side.directories.contains(slot) { return Answer(text: "a directory") }
            let before = lseek(file, 0, SEEK_CUR)
            let place = lseek(file, offset, isData ? SEEK_DATA : SEEK_HOLE)
            let answer = Answer(place)
            if before >= 0 { lseek(file, before, SEEK_SET) }
            return truth(of: answer, file, offset, isData)
        }
    }

    mutating func copyingRange() -> Operation {
        let (from, to, count) = (slot(), slot(), length())
        let (source, target) = (offset(), offset())
        let words = "copy_file_range #\(from) at \(source) to #\(to) at \(target), \(count)"
        return Operation(words, mayFail: [EBADF, EINVAL, EISDIR, EOPNOTSUPP, EXDEV]) { side in
            var source: off64_t = source
            var target: off64_t = target
            return Answer(copy_file_range(side.slots[from], &source, side.slots[to], &target, count, 0))
        }
    }
}

/// `truthful`, the error where the kernel must give one, or in which way SEEK_DATA or SEEK_HOLE lied.
private func truth(of answer: Answer, _ file: Int32, _ offset: Int, _ isData: Bool) -> Answer {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, offset < status.st_size else { return answer }
    if answer.error != 0 && !(isData && answer.error == ENXIO) { return answer }
    let end = answer.error == 0 ? answer.value : Int(status.st_size)
    if end < offset || end > status.st_size { return Answer(text: "\(end) is outside the file") }
    let skipped = isData ? offset..<end : end..<min(end + 1, Int(status.st_size))
    var bytes = [UInt8](repeating: 0, count: skipped.count)
    let length = pread(file, &bytes, bytes.count, skipped.lowerBound)
    if length == -1 { return Answer(text: "write-only") }
    return Answer(text: bytes.allSatisfy { $0 == 0 } ? "truthful" : "data in the hole at \(skipped.lowerBound)")
}
