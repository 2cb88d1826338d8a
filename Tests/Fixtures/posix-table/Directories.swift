import CRawCalls
import Glibc

let directoryChecks: [Check] = [
    Check("mkdir-and-its-mode") { at in
        try at.directory("d", mode: 0o750)
        try expectEqual("mode", try at.status("d").st_mode, S_IFDIR | 0o750)
        try expectEqual("names", try at.names("d"), [])
    },
    Check("mkdir-over-what-exists") { at in
        try at.directory("d")
        try refused("mkdir", with: EEXIST, by: mkdir(at("d"), 0o755))
        try refused("mkdir below what is missing", with: ENOENT, by: mkdir(at("x/y"), 0o755))
    },
    Check("list-has-dot-and-dot-dot") { at in
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) { names.insert(nameOf(entry)) }
        try expectEqual("names", names, [".", ".."])
    },
    Check("list-of-a-thousand-names") { at in
        let expected = (0..<1000).map { "a-rather-long-name-for-a-file-\($0)" }
        for name in expected { try at.file(name) }
        try expectEqual("names", try at.names(), expected.sorted())
    },
    Check("list-tells-kinds-and-inodes") { at in
        try at.file("f")
        try at.directory("d")
        try must("symlink", symlink("f", at("l")))
        let kinds = ["f": Int(DT_REG), "d": Int(DT_DIR), "l": Int(DT_LNK)]
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            guard let kind = kinds[nameOf(entry)] else { continue }
            try expectEqual("kind of \(nameOf(entry))", Int(entry.pointee.d_type), kind)
            try expectEqual("inode", entry.pointee.d_ino, try at.status(nameOf(entry)).st_ino)
        }
    },
    Check("list-goes-on-where-it-was-told") { at in
        for number in 0..<300 { try at.file("f\(number)") }
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        for _ in 0..<100 { try expect(readdir(directory) != nil, "ended early") }
        let place = telldir(directory)
        var rest: [String] = []
        while let entry = readdir(directory) { rest.append(nameOf(entry)) }
        seekdir(directory, place)
        var again: [String] = []
        while let entry = readdir(directory) { again.append(nameOf(entry)) }
        try expectEqual("count", rest.count, 202)
        try expect(rest == again, "the second reading differs")
    },
    Check("list-from-the-start-sees-new-names") { at in
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        while readdir(directory) != nil {}
        try at.file("a")
        rewinddir(directory)
        var names: [String] = []
        while let entry = readdir(directory) { names.append(nameOf(entry)) }
        try expect(names.contains("a"), "\(names)")
    },
    Check("list-after-changes-is-current") { at in
        for number in 0..<20 {
            try at.file("f\(number)")
            try expectEqual("names", try at.names().count, number + 1)
        }
        for number in 0..<20 { try must("unlink", unlink(at("f\(number)"))) }
        try expectEqual("names", try at.names(), [])
    },
    Check("list-after-another-process-changed-it") { at in
        try expectEqual("names", try at.names(), [])
        try inChild { try at.file("a") }
        try expectEqual("names", try at.names(), ["a"])
    },
    Check("working-directory-is-told") { at in
        let before = try must("open", raw_openat(AT_FDCWD, ".", O_RDONLY | O_CLOEXEC, 0))
        defer { close(before) }
        try at.directory("d")
        try must("chdir", chdir(at("d")))
        defer { fchdir(before) }
        var room = [CChar](repeating: 0, count: 4096)
        try expect(getcwd(&room, 4096) != nil, "getcwd: \(nameOfErrno(errno))")
        let told = room.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        try expect(told.hasSuffix("/working-directory-is-told/d"), told)
        try must("chdir", chdir(".."))
        try expectEqual("names", try at.names(), ["d"])
    },
    Check("dot-dot-leads-back") { at in
        try at.directory("d")
        try at.directory("d/e")
        var up = stat()
        try must("stat", stat(at("d/e/../.."), &up))
        try expectEqual("inode", up.st_ino, try at.status(".").st_ino)
    },
    Check("deep-tree") { at in
        var path = "d"
        for _ in 0..<60 {
            try at.directory(path)
            path += "/d"
        }
        try at.file(path + "file", "hello")
        try expectEqual("text", try at.text(path + "file"), "hello")
    },
    Check("parallel-creation-by-two-processes") { at in
        try inChild {
            for number in 0..<200 { try at.file("child\(number)") }
        }
        for number in 0..<200 { try at.file("parent\(number)") }
        try expectEqual("names", try at.names().count, 400)
    },
    Check("one-winner-of-two-exclusive-creations") { at in
        for number in 0..<50 {
            try at.file("f\(number)")
            try inChild {
                try refused("open", with: EEXIST, by: at.open("f\(number)", O_WRONLY | O_CREAT | O_EXCL))
                try refused("mkdir", with: EEXIST, by: mkdir(at("f\(number)"), 0o755))
            }
        }
    },
]

let nameChecks: [Check] = [
    Check("name-of-255-bytes") { at in
        let name = String(repeating: "n", count: 255)
        try at.file(name, "hello")
        try expectEqual("text", try at.text(name), "hello")
        try expectEqual("names", try at.names(), [name])
        try must("rename", rename(at(name), at(String(repeating: "m", count: 255))))
    },
    Check("name-of-256-bytes") { at in
        let name = String(repeating: "n", count: 256)
        try refused("open", with: ENAMETOOLONG, by: at.open(name, O_WRONLY | O_CREAT))
        try refused("mkdir", with: ENAMETOOLONG, by: mkdir(at(name), 0o755))
        try refused("lookup", with: ENAMETOOLONG, by: access(at(name), F_OK))
    },
    Check("names-with-odd-letters") { at in
        let odd = [
            " ", "a b", "new\nline", "tab\t", "back\\slash", "\"quoted\"", "ünï©ode", "-rf", "...", "*", "\u{1}",
        ]
        for name in odd { try at.file(name, name) }
        for name in odd { try expectEqual("text", try at.text(name), name) }
        try expectEqual("names", try at.names(), odd.sorted())
    },
    Check("name-that-is-not-utf-8") { at in
        let bytes = (at("x") + "\0").utf8.map { CChar(bitPattern: $0) }
        var path = bytes
        path[path.count - 2] = CChar(bitPattern: 0xff)
        let file = try must("open", raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
        close(file)
        var answer = stat()
        try must("lstat", lstat(path, &answer))
        guard let directory = opendir(at(".")) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        var found = false
        while !found, let entry = readdir(directory) { found = UInt8(bitPattern: entry.pointee.d_name.0) == 0xff }
        try expect(found, "not listed")
        try must("unlink", unlink(path))
    },
    Check("names-differ-by-case") { at in
        try at.file("Readme", "one")
        try at.file("README", "two")
        try expectEqual("text", try at.text("Readme"), "one")
    },
    Check("path-ends-with-a-slash") { at in
        try at.file("a")
        try at.directory("d")
        var answer = stat()
        try refused("stat of a file", with: ENOTDIR, by: stat(at("a/"), &answer))
        try must("stat of a directory", stat(at("d/"), &answer))
        try refused("create", with: EISDIR, by: at.open("b/", O_WRONLY | O_CREAT))
    },
    Check("path-of-over-4096-bytes") { at in
        try refused("open", with: ENAMETOOLONG, by: at.open(String(repeating: "d/", count: 2100), O_RDONLY))
    },
]
