import CRawCalls
import Glibc

/// An open directory `d`, which the block may rename.
private func withOpenDirectory(_ at: Scratch, _ body: (Int32) throws -> Void) throws {
    try at.directory("d")
    try at.file("d/a", "hello")
    let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
    defer { close(directory) }
    try body(directory)
}

/// Everything that can be done through the descriptor, after which `d` holds `b` alone.
private func useOf(_ directory: Int32) throws {
    let file = try must("openat", raw_openat(directory, "new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
    try put(file, "new")
    try must("close", close(file))
    try must("mkdirat", mkdirat(directory, "sub", 0o755))
    try must("renameat", renameat(directory, "new", directory, "sub/new"))
    try must("linkat", linkat(directory, "sub/new", directory, "b", 0))
    try must("unlinkat", unlinkat(directory, "sub/new", 0))
    try must("rmdir", unlinkat(directory, "sub", AT_REMOVEDIR))
    try must("unlinkat", unlinkat(directory, "a", 0))
    var status = stat()
    try must("fstatat", fstatat(directory, "b", &status, 0))
    try expectEqual("size", status.st_size, 3)
}

let openDirectoryRenameChecks: [Check] = [
    Check("renamed-open-directory-goes-on") { at in
        try withOpenDirectory(at) { directory in
            try must("rename", rename(at("d"), at("e")))
            try useOf(directory)
            try expectEqual("names", try at.names("e"), ["b"])
        }
    },
    Check("open-directory-moved-elsewhere-goes-on") { at in
        try withOpenDirectory(at) { directory in
            try at.directory("x")
            try at.directory("x/y")
            try must("rename", rename(at("d"), at("x/y/z")))
            try useOf(directory)
            try expectEqual("names", try at.names("x/y/z"), ["b"])
        }
    },
    Check("open-directory-below-a-renamed-one-goes-on") { at in
        for path in ["p", "p/q", "p/q/d"] { try at.directory(path) }
        try at.file("p/q/d/a")
        let directory = try must("open", at.open("p/q/d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        try must("rename", rename(at("p"), at("r")))
        try useOf(directory)
        try expectEqual("names", try at.names("r/q/d"), ["b"])
    },
    Check("open-directory-in-exchange-goes-on") { at in
        try withOpenDirectory(at) { directory in
            try at.directory("e")
            try must("renameat2", renameat2(at("d"), at("e"), 2))
            try useOf(directory)
            try expectEqual("names", try at.names("e"), ["b"])
            try expectEqual("names", try at.names("d"), [])
        }
    },
    Check("old-name-of-an-open-directory-is-another") { at in
        try withOpenDirectory(at) { directory in
            try must("rename", rename(at("d"), at("e")))
            try at.directory("d")
            try at.file("d/other")
            try useOf(directory)
            try expectEqual("names", try at.names("d"), ["other"])
        }
    },
    Check("dot-dot-of-a-moved-directory") { at in
        try withOpenDirectory(at) { directory in
            try at.directory("x")
            try at.file("x/beside")
            try must("rename", rename(at("d"), at("x/d")))
            try must("close", close(try must("openat", raw_openat(directory, "../beside", O_RDONLY | O_CLOEXEC, 0))))
        }
    },
    Check("working-directory-that-moves") { at in
        try at.directory("d")
        try at.directory("x")
        try inChild {
            try must("chdir", chdir(at("d")))
            try must("rename", rename(at("d"), at("x/y")))
            var room = [CChar](repeating: 0, count: 4096)
            try expect(getcwd(&room, 4096) != nil, "getcwd: \(nameOfErrno(errno))")
            let told = room.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            try expect(told.hasSuffix("/working-directory-that-moves/x/y"), told)
            try must("open", raw_openat(AT_FDCWD, "a", O_RDWR | O_CREAT, 0o644))
        }
        try expectEqual("names", try at.names("x/y"), ["a"])
    },
    Check("open-files-below-a-moved-directory") { at in
        try withOpenDirectory(at) { directory in
            let file = try must("openat", raw_openat(directory, "a", O_RDWR | O_CLOEXEC, 0))
            defer { close(file) }
            try must("rename", rename(at("d"), at("e")))
            try put(file, "J", at: 0)
            try must("fchmod", fchmod(file, 0o600))
            try expectEqual("text", try at.text("e/a"), "Jello")
            try must("close", close(try must("reopen", reopen(file, O_RDWR))))
        }
    },
    Check("listing-goes-on-after-a-rename") { at in
        try at.directory("d")
        for number in 0..<500 { try at.file("d/f\(number)") }
        guard let directory = opendir(at("d")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        var names: [String] = []
        for _ in 0..<10 { names.append(nameOf(try entry(directory))) }
        try must("rename", rename(at("d"), at("e")))
        while let entry = readdir(directory) { names.append(nameOf(entry)) }
        try expectEqual("names", Set(names).count, 502)
    },
    Check("open-directory-through-many-renames") { at in
        try withOpenDirectory(at) { directory in
            var old = "d"
            for number in 0..<100 {
                try must("rename", rename(at(old), at("d\(number)")))
                old = "d\(number)"
                try must("faccessat", faccessat(directory, "a", R_OK, 0))
            }
            try useOf(directory)
            try expectEqual("names", try at.names(old), ["b"])
        }
    },
    Check("rename-between-two-open-directories") { at in
        try withOpenDirectory(at) { directory in
            try at.directory("e")
            let other = try must("open", at.open("e", O_RDONLY | O_DIRECTORY))
            defer { close(other) }
            try must("rename", rename(at("d"), at("x")))
            try must("rename", rename(at("e"), at("y")))
            try must("renameat", renameat(directory, "a", other, "b"))
            try expectEqual("text", try at.text("y/b"), "hello")
        }
    },
]

private func entry(_ directory: OpaquePointer) throws -> UnsafeMutablePointer<dirent> {
    guard let entry = readdir(directory) else { throw Failure("the list ended") }
    return entry
}

let linkCountChecks: [Check] = [
    Check("links-of-a-new-directory") { at in
        try at.directory("d")
        // Btrfs counts no sub-directories and says 1 for all.
        if try at.status("d").st_nlink == 1 { throw NotOffered(description: "directories have one link each") }
        try expectEqual("links", try at.status("d").st_nlink, 2)
        for number in 1...5 {
            try at.directory("d/s\(number)")
            try expectEqual("links", Int(try at.status("d").st_nlink), 2 + number)
        }
        try at.file("d/file")
        try expectEqual("with a file", try at.status("d").st_nlink, 7)
    },
    Check("links-of-a-directory-go-down") { at in
        for path in ["d", "d/a", "d/b"] { try at.directory(path) }
        if try at.status("d").st_nlink == 1 { throw NotOffered(description: "directories have one link each") }
        try must("rmdir", rmdir(at("d/a")))
        try expectEqual("links", try at.status("d").st_nlink, 3)
    },
    Check("links-move-with-a-directory") { at in
        for path in ["d", "e", "d/s"] { try at.directory(path) }
        if try at.status("d").st_nlink == 1 { throw NotOffered(description: "directories have one link each") }
        try must("rename", rename(at("d/s"), at("e/s")))
        try expectEqual("left", try at.status("d").st_nlink, 2)
        try expectEqual("entered", try at.status("e").st_nlink, 3)
        try at.file("d/f")
        try must("renameat2", renameat2(at("d/f"), at("e/s"), 2))
        try expectEqual("exchanged back", try at.status("d").st_nlink, 3)
        try expectEqual("exchanged away", try at.status("e").st_nlink, 2)
    },
    Check("links-of-a-replaced-directory") { at in
        for path in ["d", "d/a", "d/b"] { try at.directory(path) }
        if try at.status("d").st_nlink == 1 { throw NotOffered(description: "directories have one link each") }
        try must("rename", rename(at("d/a"), at("d/b")))
        try expectEqual("links", try at.status("d").st_nlink, 3)
    },
    Check("links-of-every-kind") { at in
        for kind in [Kind.file, .link, .fifo, .socket] {
            try kind.make(at, "\(kind)")
            try must("link \(kind)", link(at("\(kind)"), at("\(kind)2")))
            try expectEqual("links of \(kind)", try at.status("\(kind)").st_nlink, 2)
            try expectEqual("inode", try at.status("\(kind)2").st_ino, try at.status("\(kind)").st_ino)
            try must("unlink", unlink(at("\(kind)")))
            try expectEqual("links left of \(kind)", try at.status("\(kind)2").st_nlink, 1)
        }
    },
]
