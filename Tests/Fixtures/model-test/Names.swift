import CRawCalls
import Glibc

private let placingErrors = pathErrors + [EEXIST, EPERM]
private let nodeKinds: [(mode_t, String)] = [
    (S_IFIFO, "FIFO"), (S_IFIFO, "FIFO"), (S_IFSOCK, "socket"), (S_IFREG, "file"),
]
private let renameFlags: [(Int, String)] = [(0, ""), (0, ""), (0, ""), (1, " NOREPLACE"), (2, " EXCHANGE")]

extension Choice {
    mutating func makingDirectory() -> Operation {
        let (place, mode) = (place(directory: true), random.one(of: [0o755, 0o755, 0o777, 0o700] as [mode_t]))
        return Operation("mkdir \(place) \(octal(mode))", mayFail: placingErrors) { side in
            Answer(mkdirat(side.base(place), place.path, mode))
        }
    }

    mutating func removingDirectory() -> Operation {
        let place = place(directory: true)
        return Operation("rmdir \(place)", mayFail: pathErrors + [ENOTEMPTY]) { side in
            Answer(unlinkat(side.base(place), place.path, Int32(AT_REMOVEDIR)))
        }
    }

    mutating func unlinking() -> Operation {
        let place = place()
        return Operation("unlink \(place)", mayFail: pathErrors + [EISDIR, EPERM]) { side in
            Answer(unlinkat(side.base(place), place.path, 0))
        }
    }

    mutating func renaming() -> Operation {
        let isDirectory = random.chance(35)
        let (from, to) = (place(directory: isDirectory), place(directory: isDirectory))
        let (flags, name) = random.one(of: renameFlags)
        let errors = placingErrors + [EISDIR, ENOTEMPTY, EINVAL]
        return Operation("rename \(from) \(to)\(name)", mayFail: errors) { side in
            Answer(renameat2(side.base(from), from.path, side.base(to), to.path, flags))
        }
    }

    mutating func linking() -> Operation {
        let (from, to, follow) = (place(), place(), random.chance(30))
        return Operation("link \(from) \(to)\(follow ? " FOLLOW" : "")", mayFail: placingErrors + [EMLINK]) { side in
            Answer(linkat(side.base(from), from.path, side.base(to), to.path, follow ? Int32(AT_SYMLINK_FOLLOW) : 0))
        }
    }

    /// Links lead to names in or below their own directory, there or not, and never upward: out of the thread's own
    /// directory they would meet other threads'.
    mutating func makingLink() -> Operation {
        let (text, place) = (place(directory: random.chance(30)).path, place())
        return Operation("symlink '\(text)' \(place)", mayFail: placingErrors) { side in
            Answer(symlinkat(text, side.base(place), place.path))
        }
    }

    mutating func readingLink() -> Operation {
        let (place, count) = (place(), random.chance(20) ? 3 : 300)
        return Operation("readlink \(place) \(count)", mayFail: pathErrors + [EINVAL]) { side in
            received(count) { room in
                readlinkat(side.base(place), place.path, room.assumingMemoryBound(to: CChar.self), count)
            }
        }
    }

    mutating func makingNode() -> Operation {
        let (place, permissions) = (place(), random.one(of: [0o644, 0o666, 0o600] as [mode_t]))
        let (kind, name) = random.one(of: nodeKinds)
        return Operation("mknod \(place) \(name) \(octal(permissions))", mayFail: placingErrors) { side in
            Answer(mknodat(side.base(place), place.path, kind | permissions, 0))
        }
    }
}

/// renameat2(2), which Swift's Glibc has no name for.
private func renameat2(_ from: Int32, _ old: String, _ to: Int32, _ new: String, _ flags: Int) -> Int {
    old.withCString { old in
        new.withCString { new in
            raw_call(
                Int(SYS_renameat2), Int(from), Int(bitPattern: old), Int(to), Int(bitPattern: new), flags, 0)
        }
    }
}
