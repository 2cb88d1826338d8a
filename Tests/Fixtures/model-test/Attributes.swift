import CRawCalls
import Glibc

private let fileModes: [mode_t] = [0o644, 0o644, 0o600, 0o666, 0o755, 0o444, 0o200, 0o4755, 0o2755, 0o6711, 0]
private let directoryModes: [mode_t] = [0o755, 0o755, 0o700, 0o777, 0o2755, 0o1777, 0o500, 0o300]
private let changeErrors = pathErrors + [EPERM]

extension Choice {
    mutating func changingMode() -> Operation {
        let isDirectory = random.chance(30)
        let (place, mode) = (place(directory: isDirectory), random.one(of: isDirectory ? directoryModes : fileModes))
        return Operation("chmod \(place) \(octal(mode))", mayFail: changeErrors) { side in
            let mode = side.allowed(mode, for: side.mode(at: place))
            return Answer(fchmodat(side.base(place), place.path, mode, 0))
        }
    }

    mutating func changingModeOpen() -> Operation {
        let slot = slot()
        let mode = random.one(of: directories.contains(slot) ? directoryModes : fileModes)
        return Operation("fchmod #\(slot) \(octal(mode))", mayFail: [EBADF]) { side in
            Answer(fchmod(side.slots[slot], side.allowed(mode, for: side.mode(of: slot))))
        }
    }

    /// To oneself, which changes nothing but may clear the set-id bits.
    mutating func changingOwner() -> Operation {
        let place = anyPlace()
        let user = random.chance(50) || avoided.contains(.unchangedOwner) ? geteuid() : uid_t.max
        let group = random.chance(50) ? getegid() : gid_t.max
        let words = "lchown \(place)\(user == uid_t.max ? "" : " user")\(group == gid_t.max ? "" : " group")"
        return Operation(words, mayFail: changeErrors) { side in
            Answer(fchownat(side.base(place), place.path, user, group, Int32(AT_SYMLINK_NOFOLLOW)))
        }
    }

    mutating func settingTimes() -> Operation {
        let (place, times, follow) = (anyPlace(), times(), random.chance(50))
        let words = "utimensat \(place) \(describe(times))\(follow ? "" : " NOFOLLOW")"
        return Operation(words, mayFail: changeErrors) { side in
            Answer(utimensat(side.base(place), place.path, times, follow ? 0 : Int32(AT_SYMLINK_NOFOLLOW)))
        }
    }

    mutating func settingTimesOpen() -> Operation {
        let (slot, times) = (slot(), times())
        return Operation("futimens #\(slot) \(describe(times))", mayFail: [EBADF, EPERM, EACCES]) { side in
            Answer(futimens(side.slots[slot], times))
        }
    }

    private mutating func times() -> [timespec] { [time(), time()] }

    private mutating func time() -> timespec {
        switch random.below(6) {
        case 0: timespec(tv_sec: 0, tv_nsec: raw_utime_now)
        case 1: timespec(tv_sec: 0, tv_nsec: raw_utime_omit)
        default: timespec(tv_sec: random.below(earliestClock), tv_nsec: random.below(1_000_000_000))
        }
    }
}

private func describe(_ times: [timespec]) -> String {
    times.map {
        $0.tv_nsec == raw_utime_now ? "now" : $0.tv_nsec == raw_utime_omit ? "omit" : "\($0.tv_sec).\($0.tv_nsec)"
    }.joined(separator: " ")
}
