import CRawCalls
import Glibc

private let mappingErrors = [EBADF, EACCES, ENODEV, EFAULT, EINVAL]

/// Mappings are made, used and unmapped within one operation, inside the file: what lies behind its end in the last
/// page is nobody's promise.
extension Choice {
    mutating func mappedWriting() -> Operation {
        let (slot, offset, payload) = (slot(), offset(), payload())
        return Operation("mmap write #\(slot) \(payload) at \(offset)", mayFail: mappingErrors) { side in
            let file = side.slots[slot]
            guard payload.count > 0 else { return Answer(text: "nothing") }
            if side.avoided.contains(.mappedSetID) && side.mode(of: slot) & (S_ISUID | S_ISGID) != 0 {
                return Answer(text: "set-id")
            }
            return mapped(file, offset + payload.count, PROT_READ | PROT_WRITE) { memory, length in
                let stored = Answer(side.store(payload.bytes, at: memory + offset))
                return msync(memory, length, MS_SYNC) == -1 ? Answer(-1) : stored
            }
        }
    }

    mutating func mappedReading() -> Operation {
        let (slot, offset, count) = (slot(), offset(), length() + 1)
        return Operation("mmap read #\(slot) \(count) at \(offset)", mayFail: mappingErrors) { side in
            mapped(side.slots[slot], offset + count, PROT_READ) { memory, _ in
                var bytes: [UInt8] = []
                var answer = Answer(side.load(count, from: memory + offset, into: &bytes))
                answer.bytes = bytes
                return answer
            }
        }
    }
}

/// Maps the first `length` bytes of a regular file that is as long.
private func mapped(
    _ file: Int32, _ length: Int, _ protection: Int32, _ body: (UnsafeMutableRawPointer, Int) -> Answer
) -> Answer {
    var status = stat()
    if fstat(file, &status) == -1 { return Answer(-1) }
    if status.st_mode & S_IFMT == S_IFREG && status.st_size < length { return Answer(text: "too short") }
    guard let memory = mmap(nil, length, protection, MAP_SHARED, file, 0), memory != MAP_FAILED else {
        return Answer(-1)
    }
    defer { munmap(memory, length) }
    return body(memory, length)
}
