import CRawCalls
import Glibc

private func set(_ path: String, _ name: String, _ value: String, _ flags: Int32 = 0) -> Int32 {
    setxattr(path, name, value, value.utf8.count, flags)
}

private func get(_ path: String, _ name: String) throws -> String {
    var room = [UInt8](repeating: 0, count: 4096)
    let length = try must("getxattr \(name)", getxattr(path, name, &room, room.count))
    return String(decoding: room[..<length], as: UTF8.self)
}

private func list(_ path: String) throws -> [String] {
    var room = [UInt8](repeating: 0, count: 4096)
    let length = try must(
        "listxattr", room.withUnsafeMutableBytes { listxattr(path, $0.bindMemory(to: CChar.self).baseAddress!, 4096) })
    let names = room[..<length].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return names.filter { $0.hasPrefix("user.") }.sorted()
}

let extendedAttributeChecks: [Check] = [
    Check("attribute-set-and-read") { at in
        try at.file("a")
        try must("setxattr", set(at("a"), "user.colour", "blue"))
        try expectEqual("value", try get(at("a"), "user.colour"), "blue")
        try must("setxattr", set(at("a"), "user.colour", "green"))
        try expectEqual("value", try get(at("a"), "user.colour"), "green")
    },
    Check("attribute-list") { at in
        try at.file("a")
        for name in ["user.b", "user.a", "user.c"] { try must("setxattr", set(at("a"), name, "x")) }
        try expectEqual("names", try list(at("a")), ["user.a", "user.b", "user.c"])
    },
    Check("attribute-removed") { at in
        try at.file("a")
        try must("setxattr", set(at("a"), "user.colour", "blue"))
        try must("removexattr", removexattr(at("a"), "user.colour"))
        try refused("getxattr", with: ENODATA, by: getxattr(at("a"), "user.colour", nil, 0))
        try refused("removexattr", with: ENODATA, by: removexattr(at("a"), "user.colour"))
        try expectEqual("names", try list(at("a")), [])
    },
    Check("attribute-created-once") { at in
        try at.file("a")
        try must("setxattr", set(at("a"), "user.colour", "blue", Int32(XATTR_CREATE)))
        try refused("create", with: EEXIST, by: set(at("a"), "user.colour", "red", Int32(XATTR_CREATE)))
        try refused("replace", with: ENODATA, by: set(at("a"), "user.size", "1", Int32(XATTR_REPLACE)))
    },
    Check("attribute-size-is-told") { at in
        try at.file("a")
        try must("setxattr", set(at("a"), "user.colour", "blue"))
        try expectEqual("size", getxattr(at("a"), "user.colour", nil, 0), 4)
        var room = [UInt8](repeating: 0, count: 2)
        try refused("getxattr", with: ERANGE, by: getxattr(at("a"), "user.colour", &room, 2))
    },
    Check("attribute-of-no-bytes") { at in
        try at.file("a")
        try must("setxattr", setxattr(at("a"), "user.empty", "", 0, 0))
        try expectEqual("value", try get(at("a"), "user.empty"), "")
        try expectEqual("names", try list(at("a")), ["user.empty"])
    },
    Check("attribute-of-three-thousand-bytes") { at in
        try at.file("a")
        let value = String(repeating: "v", count: 3000)
        try must("setxattr", set(at("a"), "user.long", value))
        try expectEqual("value", try get(at("a"), "user.long"), value)
    },
    Check("attribute-of-a-directory") { at in
        try at.directory("d")
        try must("setxattr", set(at("d"), "user.colour", "blue"))
        try expectEqual("value", try get(at("d"), "user.colour"), "blue")
    },
    Check("attribute-through-a-descriptor") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fsetxattr", fsetxattr(file, "user.colour", "blue", 4, 0))
        try expectEqual("value", try get(at("a"), "user.colour"), "blue")
    },
    Check("attribute-of-a-symbolic-link-is-refused") { at in
        try must("symlink", symlink("nowhere", at("a")))
        try refused("lsetxattr", with: EPERM, by: lsetxattr(at("a"), "user.colour", "blue", 4, 0))
    },
    Check("attribute-needs-the-right-to-write") { at in
        try at.file("a", mode: 0o444)
        try refused("setxattr", with: EACCES, by: set(at("a"), "user.colour", "blue"))
    },
    Check("attribute-of-the-trusted-kind-is-refused") { at in
        try at.file("a")
        try refused("setxattr", with: EPERM, by: set(at("a"), "trusted.colour", "blue"))
    },
    Check("attribute-of-no-known-kind-is-refused") { at in
        try at.file("a")
        try refused("setxattr", with: EOPNOTSUPP, by: set(at("a"), "nokind.colour", "blue"))
    },
]
