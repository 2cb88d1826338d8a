import CRawCalls
import Glibc

private let now = Int(raw_utime_now)
private let omit = Int(raw_utime_omit)

private func setTimes(_ path: String, access: timespec, change: timespec, _ flags: Int32 = 0) throws {
    try must("utimensat", utimensat(AT_FDCWD, path, [access, change], flags))
}

let timeChecks: [Check] = [
    Check("times-are-set-to-the-nanosecond") { at in
        try at.file("a")
        try setTimes(
            at("a"), access: timespec(tv_sec: 1_000, tv_nsec: 123_456_789),
            change: timespec(tv_sec: 2_000, tv_nsec: 987_654_321))
        let status = try at.status("a")
        try expectEqual("access", status.st_atim.tv_nsec, 123_456_789)
        try expectEqual("change", status.st_mtim.tv_sec, 2_000)
        try expectEqual("change", status.st_mtim.tv_nsec, 987_654_321)
    },
    Check("times-omitted-stay") { at in
        try at.file("a")
        try setTimes(at("a"), access: timespec(tv_sec: 5, tv_nsec: 0), change: timespec(tv_sec: 6, tv_nsec: 0))
        try setTimes(at("a"), access: timespec(tv_sec: 0, tv_nsec: omit), change: timespec(tv_sec: 0, tv_nsec: now))
        let status = try at.status("a")
        try expectEqual("access", status.st_atim.tv_sec, 5)
        try expect(status.st_mtim.tv_sec > 1_000_000, "the other was not set")
    },
    Check("times-of-a-link-itself") { at in
        try at.file("b")
        let before = try at.status("b").st_mtim.tv_sec
        try must("symlink", symlink("b", at("a")))
        let time = timespec(tv_sec: 7, tv_nsec: 0)
        try setTimes(at("a"), access: time, change: time, AT_SYMLINK_NOFOLLOW)
        try expectEqual("link", try at.status("a").st_mtim.tv_sec, 7)
        try expectEqual("file", try at.status("b").st_mtim.tv_sec, before)
    },
    Check("times-through-a-descriptor") { at in
        let file = try at.create("a")
        defer { close(file) }
        let time = timespec(tv_sec: 8, tv_nsec: 0)
        try must("futimens", futimens(file, [time, time]))
        try expectEqual("change", try at.status("a").st_mtim.tv_sec, 8)
    },
    Check("times-before-1970") { at in
        try at.file("a")
        let time = timespec(tv_sec: -100, tv_nsec: 0)
        try setTimes(at("a"), access: time, change: time)
        try expectEqual("change", try at.status("a").st_mtim.tv_sec, -100)
    },
    Check("times-after-2038") { at in
        try at.file("a")
        let time = timespec(tv_sec: 1 << 33, tv_nsec: 0)
        try setTimes(at("a"), access: time, change: time)
        try expectEqual("change", try at.status("a").st_mtim.tv_sec, 1 << 33)
    },
    Check("write-moves-the-time-of-change") { at in
        let file = try at.create("a", holding: "x")
        defer { close(file) }
        let old = timespec(tv_sec: 9, tv_nsec: 0)
        try must("futimens", futimens(file, [old, old]))
        try put(file, "y")
        try expect(try statusOf(file).st_mtim.tv_sec > 9, "unmoved")
    },
    Check("creation-moves-the-directory's-time") { at in
        try at.directory("d")
        let old = timespec(tv_sec: 9, tv_nsec: 0)
        try setTimes(at("d"), access: old, change: old)
        try at.file("d/a")
        try expect(try at.status("d").st_mtim.tv_sec > 9, "unmoved by creation")
        try setTimes(at("d"), access: old, change: old)
        try must("unlink", unlink(at("d/a")))
        try expect(try at.status("d").st_mtim.tv_sec > 9, "unmoved by removal")
    },
    Check("time-set-stays-when-closed") { at in
        // tar and rsync write, set the time, and close: the close must not move it.
        let file = try at.create("a", holding: "hello")
        let old = timespec(tv_sec: 9, tv_nsec: 0)
        try must("futimens", futimens(file, [old, old]))
        try must("close", close(file))
        try expectEqual("change", try at.status("a").st_mtim.tv_sec, 9)
    },
]
