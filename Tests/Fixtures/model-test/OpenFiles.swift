import CRawCalls
import Glibc

/// The flags an open is made with, each now and then, and how often in a hundred.
private let openFlags: [(flag: Int32, name: String, percent: Int)] = [
    (O_CREAT, "CREAT", 55), (O_EXCL, "EXCL", 8), (O_TRUNC, "TRUNC", 12), (O_APPEND, "APPEND", 15),
    (O_DIRECTORY, "DIRECTORY", 4), (O_NOFOLLOW, "NOFOLLOW", 8), (O_SYNC, "SYNC", 3), (O_DSYNC, "DSYNC", 3),
    (O_NOATIME, "NOATIME", 3), (O_PATH, "PATH", 3),
]
private let accessModes: [(Int32, String)] = [
    (O_RDWR, "RDWR"), (O_RDWR, "RDWR"), (O_RDWR, "RDWR"), (O_RDONLY, "RDONLY"), (O_RDONLY, "RDONLY"),
    (O_WRONLY, "WRONLY"),
]
private let openErrors = pathErrors + [EEXIST, EISDIR, EINVAL, ENXIO, EPERM]
/// EPIPE: a FIFO whose only reader another thread has closed.
private let dataErrors = [EBADF, EINVAL, EISDIR, EAGAIN, ESPIPE, EPIPE]

extension Choice {
    mutating func opening() -> Operation {
        if random.chance(15) { return openingDirectory() }
        let (access, accessName) = random.one(of: accessModes)
        let chosen = openFlags.filter { random.chance($0.percent) && !isAvoided($0.flag, access) }
        let flags = chosen.reduce(access) { $0 | $1.flag }
        let names = ([accessName] + chosen.map(\.name)).joined(separator: "|")
        return open(place(), flags, names, mode: random.one(of: [0o644, 0o666, 0o600, 0o755, 0o444, 0o640]))
    }

    private func isAvoided(_ flag: Int32, _ access: Int32) -> Bool {
        flag == O_PATH && avoided.contains(.unlinkedHandle)
            || flag == O_TRUNC && access == O_RDONLY && avoided.contains(.truncatingReader)
    }

    private mutating func openingDirectory() -> Operation {
        open(place(directory: true), O_RDONLY | O_DIRECTORY, "RDONLY|DIRECTORY", mode: 0)
    }

    /// O_NONBLOCK always, for what may be a FIFO.
    private mutating func open(_ place: Place, _ flags: Int32, _ names: String, mode: mode_t) -> Operation {
        let slot = random.below(Side.slotCount)
        return Operation("open \(place) \(names) \(octal(mode)) -> #\(slot)", mayFail: openErrors) { side in
            if side.avoided.contains(.unlinkedHandle) && side.mode(at: place) & S_IFMT == S_IFIFO {
                return Answer(text: "a FIFO")
            }
            let descriptor = raw_openat(side.base(place), place.path, flags | O_NONBLOCK | O_CLOEXEC, mode)
            let answer = Answer(descriptor).withoutValue
            if descriptor >= 0 { side.keep(descriptor, in: slot) }
            return answer
        }
    }

    mutating func closing() -> Operation {
        let slot = slot()
        return Operation("close #\(slot)", mayFail: [EBADF]) { $0.closeSlot(slot) }
    }

    mutating func reading() -> Operation {
        let (slot, count) = (slot(), length())
        return Operation("read #\(slot) \(count)", mayFail: dataErrors) { side in
            received(count) { read(side.slots[slot], $0, count) }
        }
    }

    mutating func readingAt() -> Operation {
        let (slot, count, offset) = (slot(), length(), offset())
        return Operation("pread #\(slot) \(count) at \(offset)", mayFail: dataErrors) { side in
            received(count) { pread(side.slots[slot], $0, count, offset) }
        }
    }

    mutating func writing() -> Operation {
        let (slot, payload) = (slot(), payload())
        return Operation("write #\(slot) \(payload)", mayFail: dataErrors) { side in
            Answer(write(side.slots[slot], payload.bytes, payload.count))
        }
    }

    mutating func writingAt() -> Operation {
        let (slot, payload, offset) = (slot(), payload(), offset())
        return Operation("pwrite #\(slot) \(payload) at \(offset)", mayFail: dataErrors) { side in
            Answer(pwrite(side.slots[slot], payload.bytes, payload.count, offset))
        }
    }

    mutating func synchronizing() -> Operation {
        let (slot, dataOnly) = (slot(), random.chance(50))
        return Operation("\(dataOnly ? "fdatasync" : "fsync") #\(slot)", mayFail: [EBADF, EINVAL]) { side in
            Answer(dataOnly ? fdatasync(side.slots[slot]) : fsync(side.slots[slot]))
        }
    }
}

/// The answer of a call that reads, with what it read.
func received(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Int) -> Answer {
    var length = 0
    var answer = Answer(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { room, filled in
        length = body(UnsafeMutableRawPointer(room.baseAddress!))
        answer = Answer(length)
        filled = max(length, 0)
    }
    answer.bytes = bytes
    return answer
}

func octal(_ mode: mode_t) -> String { "0" + String(mode, radix: 8) }
