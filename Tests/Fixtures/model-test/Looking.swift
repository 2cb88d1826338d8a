import CRawCalls
import Glibc

extension Choice {
    mutating func lookingAt() -> Operation {
        let (place, follow) = (anyPlace(), random.chance(30))
        return Operation("\(follow ? "stat" : "lstat") \(place)", mayFail: pathErrors) { side in
            var status = stat()
            var answer = Answer(
                fstatat(side.base(place), place.path, &status, follow ? 0 : Int32(AT_SYMLINK_NOFOLLOW)))
            if answer.error == 0 { answer.text = words(of: status) }
            return answer
        }
    }

    mutating func lookingAtOpen() -> Operation {
        let slot = slot()
        return Operation("fstat #\(slot)", mayFail: [EBADF]) { side in
            var status = stat()
            var answer = Answer(fstat(side.slots[slot], &status))
            if answer.error == 0 { answer.text = words(of: status) }
            return answer
        }
    }

    mutating func listing() -> Operation {
        let place = random.chance(20) ? Place(slot: nil, path: ".") : place(directory: true)
        return Operation("list \(place)", mayFail: pathErrors) { side in
            let directory = raw_openat(side.base(place), place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
            return directory < 0 ? Answer(directory) : list(directory)
        }
    }

    /// The directory may have been renamed or removed since it was opened.
    mutating func listingOpen() -> Operation {
        let slot = directories.isEmpty ? slot() : random.one(of: directories)
        return Operation("list #\(slot)", mayFail: [EBADF, ENOTDIR, ENOENT]) { side in
            let directory = dup(side.slots[slot])
            return directory < 0 ? Answer(directory) : list(directory)
        }
    }

    mutating func askingAccess() -> Operation {
        let (place, mode) = (anyPlace(), Int32(random.below(8)))
        return Operation("access \(place) \(mode)", mayFail: pathErrors) { side in
            Answer(faccessat(side.base(place), place.path, mode, 0))
        }
    }
}

/// Names and kinds in a directory, sorted. Closes the descriptor.
private func list(_ directory: Int32) -> Answer {
    guard let stream = fdopendir(directory) else {
        let answer = Answer(-1)
        close(directory)
        return answer
    }
    defer { closedir(stream) }
    rewinddir(stream)
    var entries: [String] = []
    errno = 0
    while let entry = readdir(stream) { entries.append("\(nameOf(entry)):\(entry.pointee.d_type)") }
    if errno != 0 { return Answer(-1) }
    return Answer(text: entries.sorted().joined(separator: " "))
}

func nameOf(_ entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
}

/// What two like files have in common: all but their numbers and, unless it was set by a call, their time of change.
func words(of status: stat) -> String {
    let hasSize = status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFLNK
    // The kernel keeps the times of a FIFO by itself, and FUSE's are never written back.
    let hasTime = isSet(status.st_mtim) && status.st_mode & S_IFMT != S_IFIFO
    return "mode \(octal(status.st_mode)) links \(status.st_nlink) owner \(status.st_uid):\(status.st_gid)"
        + (hasSize ? " size \(status.st_size)" : "")
        + (hasTime ? " mtime \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)" : "")
}

/// The times that operations set lie before this one, and before this program was written.
let earliestClock = 1_000_000_000

private func isSet(_ time: timespec) -> Bool { time.tv_sec < earliestClock }
