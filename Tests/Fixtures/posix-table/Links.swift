import CRawCalls
import Glibc

func readLink(_ path: String) throws -> String {
    var room = [UInt8](repeating: 0, count: 8192)
    let length = try must(
        "readlink", room.withUnsafeMutableBytes { readlink(path, $0.bindMemory(to: CChar.self).baseAddress!, 8192) })
    return String(decoding: room[..<length], as: UTF8.self)
}

let linkChecks: [Check] = [
    Check("symbolic-link-is-shown") { at in
        try must("symlink", symlink("some/where else", at("a")))
        try expectEqual("link", try readLink(at("a")), "some/where else")
        let status = try at.status("a")
        try expectEqual("kind", status.st_mode & S_IFMT, S_IFLNK)
        try expectEqual("size", status.st_size, 15)
    },
    Check("symbolic-link-is-followed") { at in
        try at.file("b", "hello")
        try must("symlink", symlink("b", at("a")))
        try expectEqual("text", try at.text("a"), "hello")
    },
    Check("absolute-symbolic-link") { at in
        try must("symlink", symlink("/proc/self/status", at("a")))
        try expect(try at.text("a").hasPrefix("Name:\tposix-table"), "led elsewhere")
    },
    Check("symbolic-link-to-a-directory") { at in
        try at.directory("d")
        try must("symlink", symlink("d", at("a")))
        try at.file("a/f", "hello")
        try expectEqual("text", try at.text("d/f"), "hello")
        try expectEqual("names", try at.names("a"), ["f"])
    },
    Check("symbolic-link-through-dot-dot") { at in
        try at.directory("d")
        try at.file("f", "hello")
        try must("symlink", symlink("../f", at("d/a")))
        try expectEqual("text", try at.text("d/a"), "hello")
    },
    Check("dangling-symbolic-link") { at in
        try must("symlink", symlink("nowhere", at("a")))
        try refused("open", with: ENOENT, by: at.open("a", O_RDONLY))
        try refused("access", with: ENOENT, by: access(at("a"), F_OK))
    },
    Check("symbolic-links-in-a-circle") { at in
        try must("symlink", symlink("b", at("a")))
        try must("symlink", symlink("a", at("b")))
        try refused("open", with: ELOOP, by: at.open("a", O_RDONLY))
    },
    Check("long-symbolic-link") { at in
        let long = String(repeating: "x/", count: 2047)
        try must("symlink", symlink(long, at("a")))
        try expectEqual("link", try readLink(at("a")), long)
        try refused("symlink", with: ENAMETOOLONG, by: symlink(String(repeating: "x", count: 4096), at("b")))
    },
    Check("symbolic-link-over-what-exists") { at in
        try at.file("a")
        try refused("symlink", with: EEXIST, by: symlink("b", at("a")))
    },
    Check("readlink-of-a-file") { at in
        try at.file("a")
        var room = [CChar](repeating: 0, count: 9)
        try refused("readlink", with: EINVAL, by: readlink(at("a"), &room, 9))
    },
    Check("hard-link-is-the-same-file") { at in
        try at.file("a", "hello")
        try must("link", link(at("a"), at("b")))
        let first = try at.status("a")
        let second = try at.status("b")
        try expectEqual("inode", second.st_ino, first.st_ino)
        try expectEqual("links", second.st_nlink, 2)
        try must("truncate", truncate(at("b"), 2))
        try expectEqual("text", try at.text("a"), "he")
    },
    Check("hard-link-count-goes-down") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("link", link(at("a"), at("b")))
        try must("unlink", unlink(at("a")))
        try expectEqual("links", try statusOf(file).st_nlink, 1)
        try must("unlink", unlink(at("b")))
        try expectEqual("links", try statusOf(file).st_nlink, 0)
    },
    Check("hard-link-in-another-directory") { at in
        try at.directory("d")
        try at.file("a", "hello")
        try must("link", link(at("a"), at("d/b")))
        try must("unlink", unlink(at("a")))
        try expectEqual("text", try at.text("d/b"), "hello")
    },
    Check("many-hard-links") { at in
        try at.file("a")
        for number in 0..<200 { try must("link", link(at("a"), at("l\(number)"))) }
        try expectEqual("links", try at.status("a").st_nlink, 201)
    },
    Check("hard-link-to-a-directory") { at in
        try at.directory("d")
        try refused("link", with: EPERM, by: link(at("d"), at("e")))
    },
    Check("hard-link-over-what-exists") { at in
        try at.file("a")
        try at.file("b")
        try refused("link", with: EEXIST, by: link(at("a"), at("b")))
        try refused("link of what is missing", with: ENOENT, by: link(at("c"), at("d")))
    },
    Check("hard-link-to-a-symbolic-link") { at in
        try must("symlink", symlink("nowhere", at("a")))
        try must("link", link(at("a"), at("b")))
        try expectEqual("link", try readLink(at("b")), "nowhere")
    },
    Check("hard-link-through-a-symbolic-link") { at in
        try at.file("f", "hello")
        try must("symlink", symlink("f", at("a")))
        try must("linkat", linkat(AT_FDCWD, at("a"), AT_FDCWD, at("b"), AT_SYMLINK_FOLLOW))
        try expectEqual("inode", try at.status("b").st_ino, try at.status("f").st_ino)
    },
    Check("hard-link-of-an-open-descriptor") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("linkat", linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, at("b"), AT_SYMLINK_FOLLOW))
        try expectEqual("text", try at.text("b"), "hello")
    },
]
