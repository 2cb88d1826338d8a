import CRawCalls
import Glibc

private let nodump = 0x40
private let immutable = 0x10

/// The flags of chattr(1); absent where the file system keeps none.
private func flags(_ file: Int32) throws -> Int {
    var flags = 0
    try offered("FS_IOC_GETFLAGS", raw_ioctl(file, raw_fs_ioc_getflags, &flags))
    return flags & 0xffff_ffff
}

private func set(_ file: Int32, _ flags: Int) -> Int32 {
    var flags = flags
    return raw_ioctl(file, raw_fs_ioc_setflags, &flags)
}

let inodeFlagChecks: [Check] = [
    Check("inode-flags-are-told") { at in
        let file = try at.create("a")
        defer { close(file) }
        try expectEqual("immutable", try flags(file) & immutable, 0)
    },
    Check("inode-flags-are-set-and-unset") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDONLY))
        defer {
            close(file)
            close(second)
        }
        let before = try flags(file)
        try offered("FS_IOC_SETFLAGS", set(file, before | nodump))
        try expectEqual("by another descriptor", try flags(second), before | nodump)
        try must("FS_IOC_SETFLAGS", set(file, before))
        try expectEqual("unset", try flags(second), before)
    },
    Check("inode-flags-of-a-directory") { at in
        let directory = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        let before = try flags(directory)
        try offered("FS_IOC_SETFLAGS", set(directory, before | nodump))
        try expectEqual("flags", try flags(directory), before | nodump)
    },
    Check("inode-flag-immutable-needs-power") { at in
        let file = try at.create("a")
        defer { close(file) }
        let before = try flags(file)
        try refused("FS_IOC_SETFLAGS", with: EPERM, EACCES, EOPNOTSUPP, ENOTTY, by: set(file, before | immutable))
        try must("unlink", unlink(at("a")))
    },
    Check("inode-flags-unknown-are-refused") { at in
        let file = try at.create("a")
        defer { close(file) }
        let before = try flags(file)
        try refused("FS_IOC_SETFLAGS", with: EOPNOTSUPP, EPERM, ENOTTY, by: set(file, before | 0x4000_0000))
    },
    Check("ioctl-of-a-terminal") { at in
        let file = try at.create("a")
        let directory = try must("open", at.open(".", O_RDONLY))
        defer {
            close(file)
            close(directory)
        }
        try expectEqual("isatty", isatty(file), 0)
        try expectEqual("errno", errno, ENOTTY)
        try expectEqual("isatty of a directory", isatty(directory), 0)
        try expectEqual("errno", errno, ENOTTY)
    },
    Check("ioctl-of-nobody") { at in
        let file = try at.create("a")
        defer { close(file) }
        var room = [UInt8](repeating: 0, count: 4096)
        try refused("ioctl", with: ENOTTY, by: raw_ioctl(file, 0xc0de_4242 & 0xc03f_ffff, &room))
    },
    Check("ioctl-tells-what-is-left-to-read") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("lseek", lseek(file, 2, SEEK_SET))
        var left: Int32 = 0
        try must("FIONREAD", raw_ioctl(file, UInt(FIONREAD), &left))
        try expectEqual("left", left, 3)
    },
]
