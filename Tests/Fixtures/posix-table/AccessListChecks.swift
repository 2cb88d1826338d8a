import CRawCalls
import Glibc

private func whole(_ named: UInt16, mask: UInt16) -> [AccessEntry] {
    [.owner(7), .user(getuid(), named), .owningGroup(5), .mask(mask), .other(0)]
}

private func mode(_ at: Scratch, _ name: String) throws -> mode_t { try at.status(name).st_mode & 0o7777 }

let accessListChecks: [Check] = [
    Check("access-list-is-kept") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(6, mask: 7)))
        try expectEqual("list", try list(at("a"), accessList), encoded(whole(6, mask: 7)))
        try expectEqual("mode", try mode(at, "a"), 0o770)
    },
    Check("access-list-shows-its-mask-as-group") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(7, mask: 4)))
        try expectEqual("mode", try mode(at, "a"), 0o740)
    },
    Check("access-list-follows-chmod") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(7, mask: 7)))
        try must("chmod", chmod(at("a"), 0o614))
        let expected: [AccessEntry] = [.owner(6), .user(getuid(), 7), .owningGroup(5), .mask(1), .other(4)]
        try expectEqual("list", try list(at("a"), accessList), encoded(expected))
    },
    Check("access-list-that-is-only-a-mode") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, [.owner(6), .owningGroup(4), .other(1)]))
        try expectEqual("list", try list(at("a"), accessList), nil)
        try expectEqual("mode", try mode(at, "a"), 0o641)
    },
    Check("access-list-is-removed") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(7, mask: 7)))
        try must("removexattr", removexattr(at("a"), accessList))
        try expectEqual("list", try list(at("a"), accessList), nil)
    },
    Check("access-list-is-listed-and-sized") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(7, mask: 7)))
        try expectEqual("size", getxattr(at("a"), accessList, nil, 0), 44)
        var room = [UInt8](repeating: 0, count: 64)
        try refused("little room", with: ERANGE, by: getxattr(at("a"), accessList, &room, 43))
        let length = try must(
            "listxattr",
            room.withUnsafeMutableBytes { listxattr(at("a"), $0.bindMemory(to: CChar.self).baseAddress!, 64) })
        let names = room[..<length].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        try expect(names.contains(accessList), "\(names)")
    },
    Check("access-list-that-is-none") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, [.owner(6), .owningGroup(4), .other(1)]))
        try refused(
            "without a mask", with: EINVAL,
            by: setList(
                at("a"), accessList, [.owner(6), .user(getuid(), 4), .owningGroup(4), .other(1)]))
        try refused("without an owner", with: EINVAL, by: setList(at("a"), accessList, [.owningGroup(4), .other(1)]))
        try refused("too short", with: EINVAL, by: setxattr(at("a"), accessList, [2, 0, 0, 0, 1], 5, 0))
        try refused("another version", with: EOPNOTSUPP, by: setxattr(at("a"), accessList, [9, 0, 0, 0], 4, 0))
    },
    Check("access-list-of-a-symbolic-link") { at in
        try must("symlink", symlink("nowhere", at("a")))
        let value = encoded(whole(7, mask: 7))
        try refused("lsetxattr", with: EOPNOTSUPP, by: lsetxattr(at("a"), accessList, value, value.count, 0))
    },
    Check("access-list-survives-rename-and-link") { at in
        try at.file("a")
        try offered("setxattr", setList(at("a"), accessList, whole(6, mask: 7)))
        try must("rename", rename(at("a"), at("b")))
        try must("link", link(at("b"), at("c")))
        try expectEqual("list", try list(at("c"), accessList), encoded(whole(6, mask: 7)))
    },
    Check("access-list-through-a-descriptor") { at in
        let file = try at.create("a")
        defer { close(file) }
        let value = encoded(whole(6, mask: 7))
        try offered("fsetxattr", fsetxattr(file, accessList, value, value.count, 0))
        try expectEqual("list", try list(at("a"), accessList), value)
        try expectEqual("mode", try statusOf(file).st_mode & 0o7777, 0o770)
    },
    Check("default-list-of-a-file-is-refused") { at in
        try at.file("a")
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try refused("setxattr", with: EACCES, by: setList(at("a"), defaultList, whole(7, mask: 7)))
    },
    Check("default-list-is-inherited-by-files") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try at.file("d/a", mode: 0o640)
        let expected: [AccessEntry] = [.owner(6), .user(getuid(), 7), .owningGroup(5), .mask(4), .other(0)]
        try expectEqual("list", try list(at("d/a"), accessList), encoded(expected))
        try expectEqual("mode", try mode(at, "d/a"), 0o640)
    },
    Check("default-list-is-inherited-by-directories") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try at.directory("d/e", mode: 0o777)
        try expectEqual("default", try list(at("d/e"), defaultList), encoded(whole(7, mask: 7)))
        try expectEqual("access", try list(at("d/e"), accessList), encoded(whole(7, mask: 7)))
        try expectEqual("mode", try mode(at, "d/e"), 0o770)
    },
    Check("default-list-takes-the-place-of-the-mask") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, [.owner(7), .owningGroup(7), .other(7)]))
        try withMask(0o077) {
            try at.file("d/a", mode: 0o666)
            try at.directory("d/e", mode: 0o777)
            try must("mkfifo", mkfifo(at("d/p"), 0o666))
        }
        try expectEqual("file", try mode(at, "d/a"), 0o666)
        try expectEqual("directory", try mode(at, "d/e"), 0o777)
        try expectEqual("fifo", try mode(at, "d/p"), 0o666)
    },
    Check("default-list-is-removed") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try must("removexattr", removexattr(at("d"), defaultList))
        try at.file("d/a", mode: 0o640)
        try expectEqual("list", try list(at("d/a"), accessList), nil)
    },
    Check("default-list-leaves-the-directory's-mode") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try expectEqual("mode", try mode(at, "d"), 0o755)
        try expectEqual("access", try list(at("d"), accessList), nil)
    },
    Check("default-list-is-not-for-symbolic-links") { at in
        try at.directory("d")
        try offered("setxattr", setList(at("d"), defaultList, whole(7, mask: 7)))
        try must("symlink", symlink("nowhere", at("d/l")))
        try expectEqual("mode", try mode(at, "d/l"), 0o777)
    },
]
