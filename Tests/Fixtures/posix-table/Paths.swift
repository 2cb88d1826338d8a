import CRawCalls
import Glibc

/// Each call that makes or changes a name, with what the table calls it.
private let naming: [(name: String, call: @Sendable (Scratch, String) -> Int32)] = [
    ("create", { at, name in at.open(name, O_RDWR | O_CREAT | O_EXCL) }),
    ("mkdir", { at, name in mkdir(at(name), 0o755) }),
    ("symlink", { at, name in symlink("x", at(name)) }),
    ("mkfifo", { at, name in mkfifo(at(name), 0o600) }),
    ("mknod", { at, name in mknod(at(name), S_IFREG | 0o600, 0) }),
    ("link", { at, name in link(at("file"), at(name)) }),
    ("rename", { at, name in rename(at("file"), at(name)) }),
]

/// Each call that looks up a name that is there or not.
private let using: [(name: String, call: @Sendable (Scratch, String) -> Int32)] = [
    ("open", { at, name in at.open(name, O_RDONLY) }),
    ("unlink", { at, name in unlink(at(name)) }),
    ("rmdir", { at, name in rmdir(at(name)) }),
    ("chmod", { at, name in chmod(at(name), 0o600) }),
    ("truncate", { at, name in truncate(at(name), 0) }),
    ("rename-from", { at, name in rename(at(name), at("elsewhere")) }),
    ("link-from", { at, name in link(at(name), at("elsewhere")) }),
    ("getxattr", { at, name in Int32(getxattr(at(name), "user.a", nil, 0)) }),
    (
        "readlink",
        { at, name in
            var room = [CChar](repeating: 0, count: 8)
            return Int32(readlink(at(name), &room, 8))
        }
    ),
    ("chdir", { at, name in chdir(at(name)) }),
]

private func everywhere(_ name: String, _ path: String, fails expected: Int32) -> [Check] {
    (naming + using).map { call in
        Check("\(call.name)-\(name)") { at in
            try at.file("file")
            try refused(call.name, with: expected, by: call.call(at, path))
        }
    }
}

private let long = String(repeating: "n", count: 255)

let pathChecks: [Check] =
    everywhere("below-a-file", "file/x", fails: ENOTDIR)
    + everywhere("below-what-is-missing", "missing/x", fails: ENOENT)
    + everywhere("with-a-name-of-256-bytes", long + "n", fails: ENAMETOOLONG)
    + naming.map { call in
        Check("\(call.name)-with-a-name-of-255-bytes") { at in
            try at.file("file")
            let answer = try must(call.name, call.call(at, long))
            if call.name == "create" { close(answer) }
            try expect(try at.names().contains(long), "not listed")
        }
    }
    + naming.filter { $0.name != "rename" }.map { call in
        Check("\(call.name)-over-each-kind") { at in
            try at.file("file")
            for kind in Kind.allCases {
                try kind.make(at, "x-\(kind)")
                try refused("over \(kind)", with: EEXIST, by: call.call(at, "x-\(kind)"))
            }
        }
    }
    + [
        Check("names-of-255-bytes-in-other-letters") { at in
            let name = String(repeating: "é", count: 127) + "x"
            try at.file(name, "hello")
            try expectEqual("names", try at.names(), [name])
            try refused("one more", with: ENAMETOOLONG, by: at.open(name + "y", O_RDWR | O_CREAT))
        },
        Check("path-of-4095-bytes") { at in
            try at.file("a", "hello")
            let left = 4095 - at("").utf8.count - 1
            let dots = String(repeating: "./", count: left / 2) + (left % 2 == 1 ? "/" : "")
            try expectEqual("text", try at.text(dots + "a"), "hello")
            try refused("one more", with: ENAMETOOLONG, by: at.open(dots + "/a", O_RDONLY))
        },
        Check("tree-deeper-than-a-path-is-long") { at in
            let name = String(repeating: "d", count: 200)
            var directories = [try must("open", at.open(".", O_RDONLY | O_DIRECTORY))]
            defer { directories.forEach { close($0) } }
            for _ in 0..<30 {
                try must("mkdirat", mkdirat(directories.last!, name, 0o755))
                directories.append(
                    try must("openat", raw_openat(directories.last!, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)))
            }
            let file = try must("openat", raw_openat(directories.last!, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
            try put(file, "hello")
            try must("close", close(file))
            try must("unlinkat", unlinkat(directories.last!, "a", 0))
            for directory in directories.dropLast().reversed() {
                try must("rmdir", unlinkat(directory, name, AT_REMOVEDIR))
            }
        },
        Check("forty-links-in-a-row") { at in
            try at.file("l0", "hello")
            for number in 1...41 { try must("symlink", symlink("l\(number - 1)", at("l\(number)"))) }
            try expectEqual("through forty", try at.text("l40"), "hello")
            try refused("through one more", with: ELOOP, by: at.open("l41", O_RDONLY))
        },
        Check("link-that-leads-to-itself") { at in
            try must("symlink", symlink("a", at("a")))
            try refused("open", with: ELOOP, by: at.open("a", O_RDONLY))
            try refused("below", with: ELOOP, by: at.open("a/b", O_RDONLY))
            try refused("chmod", with: ELOOP, by: chmod(at("a"), 0o600))
            try must("lstat", faccessat(AT_FDCWD, at("a"), F_OK, AT_SYMLINK_NOFOLLOW))
        },
        Check("link-of-no-length") { at in
            try refused("symlink", with: ENOENT, by: symlink("", at("a")))
        },
        Check("readlink-with-little-room") { at in
            try must("symlink", symlink("0123456789", at("a")))
            var room = [UInt8](repeating: 33, count: 8)
            let length = room.withUnsafeMutableBytes {
                readlink(at("a"), $0.bindMemory(to: CChar.self).baseAddress!, 4)
            }
            try expectEqual("length", length, 4)
            try expectEqual("text", String(decoding: room, as: UTF8.self), "0123!!!!")
        },
        Check("no-border-within-the-directory") { at in
            var path = "d"
            for _ in 0..<5 {
                try at.directory(path)
                path += "/d"
            }
            try at.file("a", "hello")
            try must("rename down", rename(at("a"), at("d/d/d/d/d/a")))
            try must("link up", link(at("d/d/d/d/d/a"), at("d/a")))
            try must("rename a tree up", rename(at("d/d/d"), at("e")))
            try must("exchange across", renameat2(at("e/d"), at("d/a"), 2))
            try expectEqual("inode", try at.status("e/d").st_ino, try at.status("d/a/d/a").st_ino)
        },
        Check("trailing-slashes") { at in
            try at.directory("d")
            try at.file("f")
            try must("symlink", symlink("d", at("l")))
            try must("mkdir", mkdir(at("new/"), 0o755))
            try must("rmdir", rmdir(at("new/")))
            try refused("unlink of a file", with: ENOTDIR, by: unlink(at("f/")))
            try refused("unlink of a link", with: ENOTDIR, by: unlink(at("l/")))
            try refused("rmdir of a link", with: ENOTDIR, by: rmdir(at("l/")))
            try refused("rmdir of a link", with: ENOTDIR, by: rmdir(at("l")))
            try refused("symlink", with: ENOENT, by: symlink("x", at("n/")))
            try refused("mkfifo", with: ENOENT, by: mkfifo(at("n/"), 0o600))
        },
        Check("dots-are-not-removed") { at in
            try at.directory("d")
            try refused("rmdir dot", with: EINVAL, by: rmdir(at("d/.")))
            try refused("rmdir dot-dot", with: ENOTEMPTY, by: rmdir(at("d/..")))
            try refused("unlink dot", with: EISDIR, EPERM, by: unlink(at("d/.")))
            try refused("mkdir dot", with: EEXIST, by: mkdir(at("d/."), 0o755))
        },
        Check("mkdir-over-a-dangling-link") { at in
            try must("symlink", symlink("nowhere", at("a")))
            try refused("mkdir", with: EEXIST, by: mkdir(at("a"), 0o755))
            try refused("mkfifo", with: EEXIST, by: mkfifo(at("a"), 0o600))
            try expect(!at.exists("nowhere"), "made through the link")
        },
        Check("rmdir-of-a-directory-with-only-a-hidden-name") { at in
            try at.directory("d")
            try at.file("d/.hidden")
            try refused("rmdir", with: ENOTEMPTY, by: rmdir(at("d")))
            try refused(
                "rename over it", with: ENOTEMPTY, EEXIST,
                by: {
                    mkdir(at("e"), 0o755)
                    return rename(at("e"), at("d"))
                }())
        },
        Check("missing-name-appears-at-once") { at in
            for number in 0..<30 {
                try refused("before", with: ENOENT, by: access(at("a\(number)"), F_OK))
                try inChild { try at.file("a\(number)") }
                try must("after", access(at("a\(number)"), F_OK))
            }
        },
        Check("removed-name-disappears-at-once") { at in
            for number in 0..<30 {
                try at.file("a\(number)")
                try must("before", access(at("a\(number)"), F_OK))
                try inChild { try must("unlink", unlink(at("a\(number)"))) }
                try refused("after", with: ENOENT, by: access(at("a\(number)"), F_OK))
            }
        },
    ]
