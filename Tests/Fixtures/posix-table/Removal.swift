import CRawCalls
import Glibc

let removalChecks: [Check] = [
    Check("unlink-removes-the-name") { at in
        try at.file("a")
        try must("unlink", unlink(at("a")))
        try expect(!at.exists("a"), "still there")
        try refused("unlink again", with: ENOENT, by: unlink(at("a")))
    },
    Check("unlinked-file-stays-readable-and-writable") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        try put(file, " world")
        try expectEqual("text", try take(file, at: 0, count: 20), "hello world")
        try expectEqual("size", try statusOf(file).st_size, 11)
        try must("ftruncate", ftruncate(file, 3))
        try must("fchmod", fchmod(file, 0o600))
        try expectEqual("text", try take(file, at: 0, count: 20), "hel")
    },
    Check("unlinked-name-is-free-again") { at in
        let file = try at.create("a", holding: "old")
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        try at.file("a", "new")
        try expectEqual("new", try at.text("a"), "new")
        try expectEqual("old", try take(file, at: 0, count: 9), "old")
        try expect(try statusOf(file).st_ino != at.status("a").st_ino, "two files are one")
    },
    Check("no-hidden-name-stays-behind") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("unlink", unlink(at("a")))
        try expectEqual("names", try at.names(), [])
    },
    Check("unlink-of-a-directory") { at in
        try at.directory("d")
        try refused("unlink", with: EISDIR, by: unlink(at("d")))
    },
    Check("unlink-of-a-symbolic-link") { at in
        try at.file("b")
        try must("symlink", symlink("b", at("a")))
        try must("unlink", unlink(at("a")))
        try expectEqual("names", try at.names(), ["b"])
    },
    Check("rmdir-of-an-empty-directory") { at in
        try at.directory("d")
        try must("rmdir", rmdir(at("d")))
        try expect(!at.exists("d"), "still there")
    },
    Check("rmdir-of-a-full-directory") { at in
        try at.directory("d")
        try at.file("d/a")
        try refused("rmdir", with: ENOTEMPTY, by: rmdir(at("d")))
    },
    Check("rmdir-of-a-file") { at in
        try at.file("a")
        try refused("rmdir", with: ENOTDIR, by: rmdir(at("a")))
        try refused("rmdir of dot", with: EINVAL, by: rmdir(at(".")))
    },
    Check("removed-directory-is-empty-and-closed") { at in
        try at.directory("d")
        let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        try must("rmdir", rmdir(at("d")))
        try refused("create", with: ENOENT, by: raw_openat(directory, "a", O_WRONLY | O_CREAT, 0o644))
    },
    Check("remove-while-reading-the-directory") { at in
        for number in 0..<500 { try at.file("f\(number)") }
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        var removed = 0
        while let entry = readdir(directory) {
            let name = nameOf(entry)
            if name == "." || name == ".." { continue }
            try must("unlink \(name)", unlink(at(name)))
            removed += 1
        }
        closedir(directory)
        try expectEqual("removed", removed, 500)
        try expectEqual("left", try at.names(), [])
    },
]
