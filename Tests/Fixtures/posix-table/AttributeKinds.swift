import CRawCalls
import Glibc

private func set(_ path: String, _ name: String, _ value: [UInt8], _ flags: Int32 = 0) -> Int32 {
    lsetxattr(path, name, value, value.count, flags)
}

private func get(_ path: String, _ name: String) throws -> [UInt8] {
    var room = [UInt8](repeating: 0, count: 65536)
    let length = try must("lgetxattr \(name)", lgetxattr(path, name, &room, room.count))
    return Array(room[..<length])
}

/// The names, those of a security module aside.
private func list(_ path: String) throws -> [String] {
    var room = [UInt8](repeating: 0, count: 65536)
    let length = try must(
        "llistxattr",
        room.withUnsafeMutableBytes { llistxattr(path, $0.bindMemory(to: CChar.self).baseAddress!, 65536) })
    let names = room[..<length].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return names.filter { !$0.hasPrefix("security.") }.sorted()
}

private let blue = Array("blue".utf8)

let attributeKindChecks: [Check] =
    [Kind.link, .fifo, .socket].map { kind in
        Check("attribute-of-a-\(kind)-for-users-is-refused") { at in
            try kind.make(at, "a")
            try refused("lsetxattr", with: EPERM, by: set(at("a"), "user.colour", blue))
            try refused("lgetxattr", with: ENODATA, EPERM, by: lgetxattr(at("a"), "user.colour", nil, 0))
            try expectEqual("names", try list(at("a")), [])
        }
    } + [
        Check("attribute-through-a-symbolic-link") { at in
            try at.file("a")
            try must("symlink", symlink("a", at("l")))
            try must("setxattr", setxattr(at("l"), "user.colour", blue, 4, 0))
            try expectEqual("value", try get(at("a"), "user.colour"), blue)
            try expectEqual("of the link", try list(at("l")), [])
        },
        Check("attribute-of-what-is-missing") { at in
            try refused("setxattr", with: ENOENT, by: set(at("a"), "user.colour", blue))
            try refused("listxattr", with: ENOENT, by: listxattr(at("a"), nil, 0))
            try refused("removexattr", with: ENOENT, by: removexattr(at("a"), "user.colour"))
        },
        Check("attribute-needs-the-right-to-read") { at in
            try at.file("a")
            try must("setxattr", set(at("a"), "user.colour", blue))
            try must("chmod", chmod(at("a"), 0o200))
            try refused("getxattr", with: EACCES, by: getxattr(at("a"), "user.colour", nil, 0))
            try expectEqual("the list needs none", try list(at("a")), ["user.colour"])
        },
        Check("attribute-of-a-descriptor-for-reading") { at in
            try at.file("a")
            let file = try must("open", at.open("a", O_RDONLY))
            defer { close(file) }
            try must("fsetxattr", fsetxattr(file, "user.colour", blue, 4, 0))
            try must("chmod", chmod(at("a"), 0o444))
            try refused("fsetxattr", with: EACCES, by: fsetxattr(file, "user.colour", blue, 4, 0))
            try expectEqual("size", try must("fgetxattr", fgetxattr(file, "user.colour", nil, 0)), 4)
        },
        Check("attribute-stays-through-changes") { at in
            try at.file("a", "hello")
            try must("setxattr", set(at("a"), "user.colour", blue))
            try must("rename", rename(at("a"), at("b")))
            try must("link", link(at("b"), at("c")))
            try must("truncate", truncate(at("b"), 0))
            try must("chmod", chmod(at("b"), 0o600))
            try expectEqual("value", try get(at("c"), "user.colour"), blue)
        },
        Check("attribute-is-seen-by-another-process-at-once") { at in
            try at.file("a")
            for round in 0..<10 {
                try inChild { try must("setxattr", set(at("a"), "user.round", [UInt8(round)])) }
                try expectEqual("value", try get(at("a"), "user.round"), [UInt8(round)])
            }
        },
        Check("attribute-of-a-sticky-directory") { at in
            try at.directory("d")
            try must("chmod", chmod(at("d"), 0o1777))
            try must("setxattr", set(at("d"), "user.colour", blue))
            try expectEqual("names", try list(at("d")), ["user.colour"])
        },
        Check("attribute-of-security-needs-power") { at in
            try at.file("a")
            try refused("setxattr", with: EPERM, by: set(at("a"), "security.colour", blue))
            try refused("getxattr", with: ENODATA, by: getxattr(at("a"), "security.colour", nil, 0))
            try refused("removexattr", with: EPERM, ENODATA, by: removexattr(at("a"), "security.colour"))
        },
        Check("attribute-of-file-capabilities-needs-power") { at in
            try at.file("a", mode: 0o755)
            let capability: [UInt8] = [0, 0, 0, 2, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 12)
            try refused("setxattr", with: EPERM, by: set(at("a"), "security.capability", capability))
            try refused("getxattr", with: ENODATA, by: getxattr(at("a"), "security.capability", nil, 0))
        },
        Check("attribute-of-the-trusted-kind-is-hidden") { at in
            try at.file("a")
            try refused("getxattr", with: ENODATA, EPERM, by: getxattr(at("a"), "trusted.colour", nil, 0))
            try refused("removexattr", with: EPERM, by: removexattr(at("a"), "trusted.colour"))
            try expectEqual("names", try list(at("a")), [])
        },
        Check("attribute-of-the-system-unknown") { at in
            try at.file("a")
            try refused("setxattr", with: EOPNOTSUPP, by: set(at("a"), "system.colour", blue))
        },
    ]

let attributeLimitChecks: [Check] = [
    Check("attribute-values-of-many-lengths") { at in
        try at.file("a")
        for length in [0, 1, 2, 255, 256, 1000, 3500] {
            let value = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
            try must("setxattr of \(length)", set(at("a"), "user.value", value))
            try expectEqual("value of \(length)", try get(at("a"), "user.value"), value)
            try expectEqual("size", getxattr(at("a"), "user.value", nil, 0), length)
        }
    },
    Check("attribute-value-of-64-kib") { at in
        try at.file("a")
        let value = [UInt8](repeating: 65, count: 65536)
        if set(at("a"), "user.value", value) == -1 {
            // Where there is room for it: ext4 has one block.
            try expect([ENOSPC, E2BIG].contains(errno), nameOfErrno(errno))
            return try refused("getxattr", with: ENODATA, by: getxattr(at("a"), "user.value", nil, 0))
        }
        try expectEqual("size", try get(at("a"), "user.value").count, 65536)
    },
    Check("attribute-value-over-64-kib") { at in
        try at.file("a")
        try refused("setxattr", with: E2BIG, by: set(at("a"), "user.value", [UInt8](repeating: 65, count: 65537)))
    },
    Check("attribute-value-of-any-bytes") { at in
        try at.file("a")
        let value = (0...255).map { UInt8($0) }
        try must("setxattr", set(at("a"), "user.value", value))
        try expectEqual("value", try get(at("a"), "user.value"), value)
    },
    Check("attribute-value-of-just-the-room") { at in
        try at.file("a")
        try must("setxattr", set(at("a"), "user.value", blue))
        var room = [UInt8](repeating: 0, count: 4)
        try expectEqual("with just the room", getxattr(at("a"), "user.value", &room, 4), 4)
        try refused("with one less", with: ERANGE, by: getxattr(at("a"), "user.value", &room, 3))
    },
    Check("attribute-name-of-255-bytes") { at in
        try at.file("a")
        let name = "user." + String(repeating: "n", count: 250)
        try must("setxattr", set(at("a"), name, blue))
        try expectEqual("names", try list(at("a")), [name])
        try refused("one more", with: ERANGE, by: set(at("a"), name + "n", blue))
    },
    Check("attribute-without-a-name") { at in
        try at.file("a")
        try refused("no name", with: ERANGE, by: set(at("a"), "", blue))
        try refused("a kind alone", with: EINVAL, EOPNOTSUPP, by: set(at("a"), "user.", blue))
        try refused("no kind", with: EOPNOTSUPP, by: set(at("a"), "colour", blue))
    },
    Check("attribute-list-with-just-the-room") { at in
        try at.file("a")
        for name in ["user.one", "user.two"] { try must("setxattr", set(at("a"), name, blue)) }
        let size = try must("listxattr", listxattr(at("a"), nil, 0))
        try expect(size >= 18, "\(size) bytes")
        var room = [CChar](repeating: 0, count: size)
        try expectEqual("with just the room", listxattr(at("a"), &room, size), size)
        try refused("with one less", with: ERANGE, by: listxattr(at("a"), &room, size - 1))
    },
    Check("attribute-list-follows-changes") { at in
        try at.file("a")
        for number in 0..<20 {
            try must("setxattr", set(at("a"), "user.name\(number)", [1]))
            try expectEqual("names", try list(at("a")).count, number + 1)
        }
        for number in 0..<20 { try must("removexattr", removexattr(at("a"), "user.name\(number)")) }
        try expectEqual("names", try list(at("a")), [])
    },
    Check("attribute-created-and-replaced-by-flags") { at in
        try at.file("a")
        try refused("replace", with: ENODATA, by: set(at("a"), "user.a", blue, Int32(XATTR_REPLACE)))
        try must("create", set(at("a"), "user.a", blue, Int32(XATTR_CREATE)))
        try must("replace", set(at("a"), "user.a", [1], Int32(XATTR_REPLACE)))
        try refused("create", with: EEXIST, by: set(at("a"), "user.a", blue, Int32(XATTR_CREATE)))
        try refused("unknown", with: EINVAL, by: set(at("a"), "user.a", blue, 0x80))
        try expectEqual("value", try get(at("a"), "user.a"), [1])
    },
    Check("attribute-list-of-no-attributes") { at in
        try at.file("a")
        try at.directory("d")
        try expectEqual("file", try list(at("a")), [])
        try expectEqual("directory", try list(at("d")), [])
    },
]
