import CRawCalls
import Glibc

/// Opens the directory as a stream, closed after the block.
private func withList(_ path: String, _ body: (OpaquePointer) throws -> Void) throws {
    guard let directory = opendir(path) else { throw Failure("opendir: \(nameOfErrno(errno))") }
    defer { closedir(directory) }
    try body(directory)
}

private func rest(_ directory: OpaquePointer) -> [String] {
    var names: [String] = []
    while let entry = readdir(directory) { names.append(nameOf(entry)) }
    return names
}

/// The names of one getdents64(2), with room for so many bytes; -1 and errno as the call has it.
private func entries(_ directory: Int32, room: Int) -> (answer: Int, names: [String]) {
    var bytes = [UInt8](repeating: 0, count: room)
    let answer = bytes.withUnsafeMutableBytes {
        raw_call(Int(SYS_getdents64), Int(directory), Int(bitPattern: $0.baseAddress), room, 0, 0, 0)
    }
    var names: [String] = []
    var place = 0
    while place < answer {
        let length = Int(bytes[place + 16]) | Int(bytes[place + 17]) << 8
        names.append(String(decoding: bytes[(place + 19)..<(place + length)].prefix { $0 != 0 }, as: UTF8.self))
        place += length
    }
    return (answer, names)
}

private func many(_ at: Scratch, _ count: Int) throws -> Set<String> {
    let names = (0..<count).map { "f\($0)" }
    for name in names { try at.file(name) }
    return Set(names)
}

let listingChecks: [Check] = [
    Check("list-of-ten-thousand-names") { at in
        let expected = try many(at, 10_000)
        let names = try at.names()
        try expectEqual("count", names.count, 10_000)
        try expect(Set(names) == expected, "the names differ")
        for name in names where name.hasSuffix("7") { try must("unlink", unlink(at(name))) }
        try expectEqual("left", try at.names().count, 9000)
    },
    Check("list-tells-every-kind") { at in
        for kind in Kind.allCases { try kind.make(at, kind.rawValue) }
        var seen = 0
        try withList(at(".")) { directory in
            while let entry = readdir(directory) {
                guard let kind = Kind(rawValue: nameOf(entry)) else { continue }
                seen += 1
                try expectEqual("type of \(kind)", entry.pointee.d_type, kind.entryType)
                try expectEqual("inode of \(kind)", entry.pointee.d_ino, try at.status(kind.rawValue).st_ino)
            }
        }
        try expectEqual("seen", seen, Kind.allCases.count)
    },
    Check("list-tells-kinds-of-dot-and-dot-dot") { at in
        try at.directory("d")
        try withList(at("d")) { directory in
            while let entry = readdir(directory) {
                try expectEqual("type", Int(entry.pointee.d_type), Int(DT_DIR))
                if nameOf(entry) == "." {
                    try expectEqual("inode of dot", entry.pointee.d_ino, try at.status("d").st_ino)
                }
            }
        }
    },
    Check("list-inodes-of-five-hundred") { at in
        _ = try many(at, 500)
        try withList(at(".")) { directory in
            while let entry = readdir(directory) {
                let name = nameOf(entry)
                if name == "." || name == ".." { continue }
                try expectEqual("inode of \(name)", entry.pointee.d_ino, try at.status(name).st_ino)
            }
        }
    },
    Check("list-after-a-kind-has-changed") { at in
        for kind in Kind.allCases {
            try kind.make(at, "a")
            try withList(at(".")) { directory in
                while let entry = readdir(directory) {
                    if nameOf(entry) == "a" { try expectEqual("type", entry.pointee.d_type, kind.entryType) }
                }
            }
            try expectEqual("kind", try at.status("a").st_mode & S_IFMT, kind.bits)
            try must("remove", kind == .directory ? rmdir(at("a")) : unlink(at("a")))
        }
    },
    Check("list-goes-on-while-others-are-removed") { at in
        let expected = try many(at, 1000)
        var seen: [String] = []
        try withList(at(".")) { directory in
            for _ in 0..<100 { seen.append(nameOf(readdir(directory)!)) }
            let gone = Set(expected.subtracting(seen).sorted().prefix(400))
            for name in gone { try must("unlink", unlink(at(name))) }
            let later = rest(directory)
            // What was removed may still be told; what stayed must be, and only once.
            try expectEqual("twice", Set(seen + later).count, seen.count + later.count)
            try expect(expected.subtracting(gone).isSubset(of: seen + later), "a name that stayed is missing")
        }
    },
    Check("list-goes-on-while-others-are-made") { at in
        let expected = try many(at, 500)
        var seen: [String] = []
        try withList(at(".")) { directory in
            for _ in 0..<50 { seen.append(nameOf(readdir(directory)!)) }
            for number in 0..<300 { try at.file("new\(number)") }
            seen += rest(directory)
        }
        try expectEqual("twice", Set(seen).count, seen.count)
        try expect(expected.isSubset(of: seen), "a name that was there is missing")
    },
    Check("list-comes-back-after-removals") { at in
        _ = try many(at, 600)
        try withList(at(".")) { directory in
            for _ in 0..<200 { _ = readdir(directory) }
            let place = telldir(directory)
            let later = rest(directory)
            for name in later.prefix(100) { try must("unlink", unlink(at(name))) }
            seekdir(directory, place)
            let again = rest(directory)
            try expect(Set(again).isSuperset(of: later.dropFirst(100)), "a name that stayed is missing")
            try expect(Set(again).isSubset(of: later), "a name from before the place")
        }
    },
    Check("list-places-lead-to-their-entries") { at in
        _ = try many(at, 300)
        try withList(at(".")) { directory in
            var places: [Int] = []
            var names: [String] = []
            while true {
                let place = telldir(directory)
                guard let entry = readdir(directory) else { break }
                places.append(place)
                names.append(nameOf(entry))
            }
            for number in stride(from: names.count - 1, through: 0, by: -7) {
                seekdir(directory, places[number])
                try expectEqual("entry", nameOf(readdir(directory)!), names[number])
            }
        }
    },
    Check("list-from-the-start-after-removals") { at in
        _ = try many(at, 300)
        try withList(at(".")) { directory in
            let names = rest(directory).filter { $0.hasPrefix("f") }
            for name in names.prefix(200) { try must("unlink", unlink(at(name))) }
            rewinddir(directory)
            try expectEqual("left", Set(rest(directory)).subtracting([".", ".."]), Set(names.dropFirst(200)))
        }
    },
    Check("list-with-little-room") { at in
        let expected = try many(at, 300)
        for room in [32, 100, 500] {
            let directory = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
            defer { close(directory) }
            var names: [String] = []
            while true {
                let (answer, some) = entries(directory, room: room)
                try must("getdents64", answer)
                if answer == 0 { break }
                names += some
            }
            try expectEqual("count with \(room) bytes", names.count, 302)
            try expect(Set(names).isSuperset(of: expected), "names are missing")
        }
    },
    Check("list-with-no-room-for-one-name") { at in
        try at.file(String(repeating: "n", count: 200))
        let directory = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        var answer = 0
        repeat { answer = entries(directory, room: 64).answer } while answer > 0
        try refused("getdents64", with: EINVAL, by: answer)
        let whole = entries(directory, room: 4096)
        try expect(whole.names.contains { $0.count == 200 }, "the name was passed over")
    },
    Check("list-of-long-names") { at in
        let names = (0..<200).map { String(repeating: "l", count: 250) + "\(1000 + $0)" }
        for name in names { try at.file(name) }
        try expectEqual("names", try at.names(), names)
    },
    Check("list-rewound-by-lseek") { at in
        _ = try many(at, 100)
        let directory = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        let first = entries(directory, room: 1024).names
        try must("lseek", lseek(directory, 0, SEEK_SET))
        try expectEqual("again", entries(directory, room: 1024).names, first)
    },
    Check("list-place-is-shared-by-duplicates") { at in
        _ = try many(at, 100)
        let directory = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        let copy = try must("dup", dup(directory))
        defer {
            close(directory)
            close(copy)
        }
        let first = Set(entries(directory, room: 1024).names)
        try expect(first.isDisjoint(with: entries(copy, room: 1024).names), "the same names twice")
    },
    Check("lists-of-two-openings-are-apart") { at in
        _ = try many(at, 300)
        try withList(at(".")) { one in
            for _ in 0..<150 { _ = readdir(one) }
            try withList(at(".")) { other in try expectEqual("from the start", rest(other).count, 302) }
            try expectEqual("the rest", rest(one).count, 152)
        }
    },
    Check("list-by-many-processes-at-once") { at in
        _ = try many(at, 500)
        try atOnce(6) { _ in
            for _ in 0..<5 { try expectEqual("count", try at.names().count, 500) }
        }
    },
    Check("list-while-another-process-works") { at in
        let stays = try many(at, 200)
        try atOnce(2) { number in
            for round in 0..<40 {
                if number == 0 {
                    try at.file("x\(round)")
                    try must("unlink", unlink(at("x\(round)")))
                } else {
                    let names = try at.names()
                    try expectEqual("twice", Set(names).count, names.count)
                    try expect(stays.isSubset(of: names), "a name is missing")
                }
            }
        }
    },
    Check("one-winner-of-many-mkdirs") { at in
        try at.directory("won")
        for round in 0..<10 {
            try atOnce(4) { number in
                if mkdir(at("d\(round)"), 0o755) == 0 { try at.file("won/\(round)-\(number)") }
            }
        }
        try expectEqual("winners", try at.names("won").count, 10)
    },
    Check("one-winner-of-many-renames") { at in
        try at.directory("won")
        for round in 0..<10 {
            try at.file("a")
            try atOnce(4) { number in
                if rename(at("a"), at("b\(round)-\(number)")) == 0 { try at.file("won/\(round)-\(number)") }
            }
        }
        try expectEqual("winners", try at.names("won").count, 10)
    },
    Check("fsync-of-a-directory") { at in
        try at.directory("d")
        let directory = try must("open", at.open("d", O_RDONLY | O_DIRECTORY))
        defer { close(directory) }
        try at.file("d/a")
        try must("fsync", fsync(directory))
        try must("rename", rename(at("d/a"), at("d/b")))
        try must("fdatasync", fdatasync(directory))
        try must("unlink", unlink(at("d/b")))
        try must("rmdir", rmdir(at("d")))
        try must("fsync when removed", fsync(directory))
    },
    Check("directory-cannot-be-written-or-read") { at in
        try refused("open", with: EISDIR, by: at.open(".", O_RDWR))
        try refused("open to create", with: EISDIR, by: at.open(".", O_RDONLY | O_CREAT))
        let directory = try must("open", at.open(".", O_RDONLY))
        defer { close(directory) }
        try refused("write", with: EBADF, by: write(directory, "x", 1))
        try refused("ftruncate", with: EINVAL, EBADF, by: ftruncate(directory, 0))
    },
    Check("list-of-a-file") { at in
        let file = try at.create("a")
        defer { close(file) }
        try refused("getdents64", with: ENOTDIR, by: entries(file, room: 1024).answer)
        try refused("opendir", with: ENOTDIR, by: opendir(at("a")) == nil ? -1 : 0)
        try refused("opendir", with: ENOENT, by: opendir(at("b")) == nil ? -1 : 0)
    },
]
