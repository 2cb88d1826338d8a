import CRawCalls
import Glibc

/// What statx(2) wrote, by the offsets of struct statx, which Swift's Glibc does not know.
private struct ExtendedStatus {
    private let words: [UInt64]

    init(_ directory: Int32, _ path: String, flags: Int32, mask: Int) throws {
        var room = [UInt64](repeating: 0, count: 32)
        let answer = path.withCString { path in
            room.withUnsafeMutableBytes {
                raw_call(
                    Int(SYS_statx), Int(directory), Int(bitPattern: path), Int(flags), mask,
                    Int(bitPattern: $0.baseAddress), 0)
            }
        }
        try must("statx", answer)
        words = room
    }

    private func half(_ offset: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: words[offset / 8] >> (offset % 8 == 0 ? 0 : 32))
    }
    var mask: UInt32 { half(0) }
    var blockSize: UInt32 { half(4) }
    var links: UInt32 { half(16) }
    var user: UInt32 { half(20) }
    var group: UInt32 { half(24) }
    var mode: UInt32 { half(28) & 0xffff }
    var inode: UInt64 { words[4] }
    var size: UInt64 { words[5] }
    var blocks: UInt64 { words[6] }
    var birth: timespec { time(80) }
    var modification: timespec { time(112) }
    /// As makedev(3) joins the two halves.
    var device: dev_t {
        let major = UInt64(half(136))
        let minor = UInt64(half(140))
        let low: UInt64 = (major & 0xfff) << 8 | (minor & 0xff)
        let high: UInt64 = (major & ~0xfff) << 32 | (minor & ~0xff) << 12
        return dev_t(low | high)
    }

    private func time(_ offset: Int) -> timespec {
        timespec(tv_sec: Int(bitPattern: UInt(words[offset / 8])), tv_nsec: Int(half(offset + 8)))
    }
}

private let basic = 0x7ff
private let birthTime = 0x800

private func extendedStatus(_ at: Scratch, _ name: String, flags: Int32 = AT_SYMLINK_NOFOLLOW) throws -> ExtendedStatus
{
    try ExtendedStatus(AT_FDCWD, at(name), flags: flags, mask: basic | birthTime)
}

/// The time of birth; absent where the file system keeps none.
private func birth(_ at: Scratch, _ name: String) throws -> timespec {
    let status = try extendedStatus(at, name)
    if status.mask & UInt32(birthTime) == 0 { throw NotOffered(description: "statx tells no time of birth") }
    return status.birth
}

private func room(_ path: String) throws -> statvfs {
    var answer = statvfs()
    try must("statvfs", statvfs(path, &answer))
    return answer
}

let extendedStatusChecks: [Check] = [
    Check("statx-agrees-with-stat") { at in
        try at.file("a", String(repeating: "x", count: 10_000), mode: 0o640)
        let one = try at.status("a")
        let other = try extendedStatus(at, "a")
        try expectEqual("mask", other.mask & UInt32(basic), UInt32(basic))
        try expectEqual("inode", other.inode, UInt64(one.st_ino))
        try expectEqual("mode", other.mode, one.st_mode)
        try expectEqual("links", other.links, 1)
        try expectEqual("size", other.size, 10_000)
        try expectEqual("uid", other.user, one.st_uid)
        try expectEqual("gid", other.group, one.st_gid)
        try expectEqual("nanoseconds", other.modification.tv_nsec, one.st_mtim.tv_nsec)
        try expectEqual("device", other.device, one.st_dev)
        try expect(other.blockSize > 0, "no block size")
    },
    Check("statx-of-a-descriptor") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        let status = try ExtendedStatus(file, "", flags: raw_empty_path, mask: basic)
        try expectEqual("size", status.size, 5)
        try must("unlink", unlink(at("a")))
        try expectEqual("links", try ExtendedStatus(file, "", flags: raw_empty_path, mask: basic).links, 0)
    },
    Check("statx-forced-and-not-forced") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try put(file, " world")
        for flags in [0x2000, 0x4000] as [Int32] {
            try expectEqual("size", try extendedStatus(at, "a", flags: flags).size, 11)
        }
    },
    Check("statx-with-bad-flags") { at in
        try at.file("a")
        let bothWays = raw_call(Int(SYS_statx), Int(AT_FDCWD), 0, 0x6000, basic, 0, 0)
        try refused("statx", with: EINVAL, EFAULT, by: bothWays)
    },
    Check("birth-lies-between-before-and-after") { at in
        var before = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &before)
        try at.file("a")
        let born = try birth(at, "a")
        var after = timespec()
        clock_gettime(CLOCK_REALTIME, &after)
        try expect(born.tv_sec >= before.tv_sec && born.tv_sec <= after.tv_sec, "born at \(born.tv_sec)")
    },
    Check("birth-stays-through-changes") { at in
        try at.file("a")
        let born = try birth(at, "a")
        usleep(20_000)
        let file = try must("open", at.open("a", O_WRONLY | O_TRUNC))
        try put(file, "hello")
        try must("close", close(file))
        try must("chmod", chmod(at("a"), 0o600))
        try must("rename", rename(at("a"), at("b")))
        let old = timespec(tv_sec: 5, tv_nsec: 0)
        try must("utimensat", utimensat(AT_FDCWD, at("b"), [old, old], 0))
        let later = try birth(at, "b")
        try expectEqual("seconds", later.tv_sec, born.tv_sec)
        try expectEqual("nanoseconds", later.tv_nsec, born.tv_nsec)
    },
    Check("birth-of-a-replacement-is-its-own") { at in
        try at.file("a")
        let born = try birth(at, "a")
        usleep(20_000)
        try at.file("b")
        try must("rename", rename(at("b"), at("a")))
        let later = try birth(at, "a")
        try expect((later.tv_sec, later.tv_nsec) > (born.tv_sec, born.tv_nsec), "born no later")
    },
    Check("room-is-told-in-order") { at in
        let answer = try room(at("."))
        try expect(answer.f_blocks >= answer.f_bfree, "more free blocks than blocks")
        try expect(answer.f_bfree >= answer.f_bavail, "more available blocks than free ones")
        try expect(answer.f_files >= answer.f_ffree, "more free files than files")
        try expect(answer.f_frsize > 0 && answer.f_frsize & (answer.f_frsize - 1) == 0, "\(answer.f_frsize) per block")
        try expectEqual("read-only", answer.f_flag & 1, 0)
    },
    Check("room-is-the-same-for-every-name-in-it") { at in
        try at.file("a")
        try at.directory("d")
        let whole = try room(at("."))
        for name in ["a", "d"] {
            try expectEqual("blocks of \(name)", try room(at(name)).f_blocks, whole.f_blocks)
            try expectEqual("longest name", try room(at(name)).f_namemax, whole.f_namemax)
        }
    },
    Check("room-through-a-descriptor") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        var answer = statvfs()
        try must("fstatvfs", fstatvfs(file, &answer))
        try expectEqual("blocks", answer.f_blocks, try room(at(".")).f_blocks)
    },
    Check("room-of-what-is-missing") { at in
        var answer = statvfs()
        try refused("statvfs", with: ENOENT, by: statvfs(at("a"), &answer))
        try at.file("a")
        try refused("below a file", with: ENOTDIR, by: statvfs(at("a/b"), &answer))
    },
    Check("limits-of-a-path") { at in
        try expectEqual("longest name", pathconf(at("."), Int32(_PC_NAME_MAX)), 255)
        try expect(pathconf(at("."), Int32(_PC_LINK_MAX)) > 1, "one link at most")
        try expectEqual("truncated names", pathconf(at("."), Int32(_PC_NO_TRUNC)), 1)
    },
    Check("status-follows-every-write") { at in
        let file = try at.create("a")
        defer { close(file) }
        for number in 1...50 {
            try put(file, "0123456789")
            try expectEqual("by path", try at.status("a").st_size, off_t(number * 10))
        }
        for number in (0..<50).reversed() {
            try must("truncate", truncate(at("a"), off_t(number * 10)))
            try expectEqual("by descriptor", try statusOf(file).st_size, off_t(number * 10))
        }
    },
    Check("status-of-a-hundred-names-of-one-file") { at in
        try at.file("a", "hello")
        for number in 0..<100 { try must("link", link(at("a"), at("l\(number)"))) }
        try must("chmod", chmod(at("l50"), 0o600))
        for number in 0..<100 { try expectEqual("mode", try at.status("l\(number)").st_mode & 0o777, 0o600) }
    },
]
