import CRawCalls
import Glibc

/// An open file whose only name is gone.
private func withUnlinked(_ at: Scratch, _ text: String = "hello", _ body: (Int32) throws -> Void) throws {
    let file = try at.create("a", holding: text)
    defer { close(file) }
    try must("unlink", unlink(at("a")))
    try body(file)
}

let unlinkedChecks: [Check] = [
    Check("unlinked-has-no-link") { at in
        try withUnlinked(at) { file in
            let status = try statusOf(file)
            try expectEqual("links", status.st_nlink, 0)
            try expectEqual("size", status.st_size, 5)
            try expectEqual("uid", status.st_uid, getuid())
        }
    },
    Check("unlinked-takes-times") { at in
        try withUnlinked(at) { file in
            let old = timespec(tv_sec: 1_000_000, tv_nsec: 5)
            try must("futimens", futimens(file, [old, old]))
            try expectEqual("nanoseconds", try statusOf(file).st_mtim.tv_nsec, 5)
        }
    },
    Check("unlinked-takes-modes-and-owners") { at in
        try withUnlinked(at) { file in
            try must("fchmod", fchmod(file, 0o400))
            try must("fchown", fchown(file, getuid(), getgid()))
            try expectEqual("mode", try statusOf(file).st_mode & 0o7777, 0o400)
            try put(file, "J", at: 0)
        }
    },
    Check("unlinked-is-mapped-and-written") { at in
        try withUnlinked(at) { file in
            let mapping = try Mapping(file, size: 4096)
            mapping.put("J")
            try must("msync", msync(mapping.bytes, 4096, MS_SYNC))
            try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
            mapping.end()
        }
    },
    Check("unlinked-is-grown-and-cut") { at in
        try withUnlinked(at) { file in
            try must("ftruncate", ftruncate(file, 100_000))
            try expectEqual("size", try statusOf(file).st_size, 100_000)
            try must("fallocate", fallocate(file, 0, 0, 200_000))
            try expectEqual("size", try statusOf(file).st_size, 200_000)
            try must("ftruncate", ftruncate(file, 1))
            try expectEqual("text", try take(file, at: 0, count: 9), "h")
        }
    },
    Check("unlinked-is-opened-again") { at in
        try withUnlinked(at) { file in
            let again = try must("reopen", reopen(file, O_RDWR))
            defer { close(again) }
            try put(again, "J", at: 0)
            try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
            try must("close", close(try must("reopen", reopen(file, O_WRONLY | O_TRUNC))))
            try expectEqual("size", try statusOf(again).st_size, 0)
        }
    },
    Check("unlinked-follows-path-calls-of-its-descriptor") { at in
        try withUnlinked(at) { file in
            try must("chmod", chmod(procPath(file), 0o604))
            try must("truncate", truncate(procPath(file), 2))
            var status = stat()
            try must("stat", stat(procPath(file), &status))
            try expectEqual("mode", status.st_mode & 0o7777, 0o604)
            try expectEqual("size", status.st_size, 2)
        }
    },
    Check("unlinked-keeps-attributes") { at in
        try withUnlinked(at) { file in
            try must("fsetxattr", fsetxattr(file, "user.a", "blue", 4, 0))
            try expectEqual("size", try must("fgetxattr", fgetxattr(file, "user.a", nil, 0)), 4)
            try must("fremovexattr", fremovexattr(file, "user.a"))
        }
    },
    Check("unlinked-is-locked") { at in
        try withUnlinked(at) { file in
            let second = try must("reopen", reopen(file, O_RDWR))
            defer { close(second) }
            try must("flock", flock(file, LOCK_EX))
            try refused("flock", with: EWOULDBLOCK, by: flock(second, LOCK_EX | LOCK_NB))
        }
    },
    Check("unlinked-gets-no-new-name") { at in
        try withUnlinked(at) { file in
            let answer = linkat(AT_FDCWD, procPath(file), AT_FDCWD, at("b"), AT_SYMLINK_FOLLOW)
            try refused("linkat", with: ENOENT, EXDEV, by: answer)
        }
    },
    Check("unlinked-is-synced") { at in
        try withUnlinked(at) { file in
            try put(file, "J", at: 0)
            try must("fsync", fsync(file))
            try must("fdatasync", fdatasync(file))
        }
    },
    Check("unlinked-is-appended-to") { at in
        try at.file("a", "hello")
        let file = try must("open", at.open("a", O_RDWR | O_APPEND))
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        try put(file, "!")
        try expectEqual("text", try take(file, at: 0, count: 9), "hello!")
    },
    Check("unlinked-is-shared-with-a-child") { at in
        try withUnlinked(at) { file in
            try inChild { try put(file, "J", at: 0) }
            try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
        }
    },
    Check("unlinked-by-another-process") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try inChild { try must("unlink", unlink(at("a"))) }
        try expectEqual("links", try statusOf(file).st_nlink, 0)
        try put(file, "J", at: 0)
        try expectEqual("text", try take(file, at: 0, count: 9), "Jello")
    },
    Check("unlinked-and-open-twice") { at in
        let file = try at.create("a", holding: "hello")
        let second = try must("open", at.open("a", O_RDONLY))
        defer { close(second) }
        try must("unlink", unlink(at("a")))
        try put(file, "J", at: 0)
        try must("close", close(file))
        try expectEqual("text", try take(second, at: 0, count: 9), "Jello")
    },
    Check("unlinked-and-another-of-the-same-name") { at in
        var files: [Int32] = []
        defer { files.forEach { close($0) } }
        for number in 0..<50 {
            files.append(try at.create("a", holding: "\(number)"))
            try must("unlink", unlink(at("a")))
        }
        try at.file("a", "last")
        for number in 0..<50 { try expectEqual("text", try take(files[number], at: 0, count: 9), "\(number)") }
        try expectEqual("inodes", Set(try files.map { try statusOf($0).st_ino }).count, 50)
    },
    Check("unlinked-name-taken-by-a-directory") { at in
        try withUnlinked(at) { file in
            try at.directory("a")
            try at.file("a/b", "inner")
            try expectEqual("old", try take(file, at: 0, count: 9), "hello")
            try expectEqual("kind", try statusOf(file).st_mode & S_IFMT, S_IFREG)
        }
    },
    Check("replaced-file-has-no-link") { at in
        let file = try at.create("a", holding: "old")
        defer { close(file) }
        try at.file("b", "new")
        try must("rename", rename(at("b"), at("a")))
        try expectEqual("links", try statusOf(file).st_nlink, 0)
        try put(file, "O", at: 0)
        try must("ftruncate", ftruncate(file, 2))
        try expectEqual("old", try take(file, at: 0, count: 9), "Ol")
        try expectEqual("new", try at.text("a"), "new")
    },
    Check("unlinked-with-another-name-left") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("link", link(at("a"), at("b")))
        try must("unlink", unlink(at("a")))
        try put(file, "J", at: 0)
        try expectEqual("text", try at.text("b"), "Jello")
        try must("fchmod", fchmod(file, 0o600))
        try expectEqual("mode", try at.status("b").st_mode & 0o777, 0o600)
    },
    Check("unlinked-gives-its-room-back") { at in
        let file = try at.create("a", holding: String(repeating: "x", count: 1 << 20))
        try must("fsync", fsync(file))
        try must("unlink", unlink(at("a")))
        try expect(try statusOf(file).st_blocks > 1000, "the room went with the name")
        try must("close", close(file))
    },
    Check("unlinked-program-still-runs") { at in
        try copyProgram("/bin/true", to: at("program"))
        let file = try must("open", at.open("program", O_RDONLY))
        defer { close(file) }
        try must("unlink", unlink(at("program")))
        try expectEqual("exit status", try exitStatus { execute(procPath(file)) }, 0)
    },
]

let removedDirectoryChecks: [Check] = [
    Check("removed-directory-is-still-a-directory") { at in
        try at.directory("d")
        let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        try must("rmdir", rmdir(at("d")))
        let status = try statusOf(directory)
        try expectEqual("kind", status.st_mode & S_IFMT, S_IFDIR)
        try expectEqual("links", status.st_nlink, 0)
        try must("fchmod", fchmod(directory, 0o700))
    },
    Check("removed-directory-takes-nothing-new") { at in
        try at.directory("d")
        try at.file("a")
        let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        try must("rmdir", rmdir(at("d")))
        try refused("mkdirat", with: ENOENT, by: mkdirat(directory, "e", 0o755))
        try refused("symlinkat", with: ENOENT, by: symlinkat("x", directory, "l"))
        try refused("linkat", with: ENOENT, by: linkat(AT_FDCWD, at("a"), directory, "b", 0))
        try refused("renameat", with: ENOENT, by: renameat(AT_FDCWD, at("a"), directory, "b"))
        try refused("openat", with: ENOENT, by: raw_openat(directory, "a", O_RDONLY, 0))
    },
    Check("removed-directory-lists-nothing") { at in
        try at.directory("d")
        guard let directory = opendir(at("d")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        try must("rmdir", rmdir(at("d")))
        var names: Set<String> = []
        while let entry = readdir(directory) { names.insert(nameOf(entry)) }
        try expect(names.isSubset(of: [".", ".."]), "\(names)")
    },
    Check("removed-working-directory") { at in
        try at.directory("d")
        try inChild {
            try must("chdir", chdir(at("d")))
            try must("rmdir", rmdir(at("d")))
            var room = [CChar](repeating: 0, count: 4096)
            try refused("getcwd", with: ENOENT, by: getcwd(&room, 4096) == nil ? -1 : 0)
            try refused("create", with: ENOENT, by: raw_openat(AT_FDCWD, "a", O_RDWR | O_CREAT, 0o600))
            try must("stat of dot", access(".", F_OK))
        }
    },
    Check("removed-directory-and-another-of-the-same-name") { at in
        try at.directory("d")
        let old = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(old) }
        try must("rmdir", rmdir(at("d")))
        try at.directory("d")
        try at.file("d/a")
        try refused("in the old one", with: ENOENT, by: raw_openat(old, "a", O_RDONLY, 0))
        try expectEqual("in the new one", try at.names("d"), ["a"])
    },
    Check("directory-replaced-by-a-rename") { at in
        try at.directory("d")
        try at.directory("e")
        try at.file("e/a")
        let old = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(old) }
        try must("rename", rename(at("e"), at("d")))
        try refused("in the old one", with: ENOENT, by: raw_openat(old, "b", O_RDWR | O_CREAT, 0o600))
        try expectEqual("links", try statusOf(old).st_nlink, 0)
        try expectEqual("names", try at.names("d"), ["a"])
    },
]
