import CRawCalls
import Glibc

private let noReplace = 1
private let exchange = 2
private let whiteout = 4

/// The kinds of entry that any account can make.
enum Kind: String, CaseIterable {
    case file, directory, link, fifo, socket

    func make(_ at: Scratch, _ name: String) throws {
        switch self {
        case .file: try at.file(name, "text of \(name)")
        case .directory: try at.directory(name)
        case .link: try must("symlink", symlink("target of \(name)", at(name)))
        case .fifo: try must("mkfifo", mkfifo(at(name), 0o600))
        case .socket: try must("mknod", mknod(at(name), S_IFSOCK | 0o600, 0))
        }
    }

    var bits: mode_t {
        switch self {
        case .file: S_IFREG
        case .directory: S_IFDIR
        case .link: S_IFLNK
        case .fifo: S_IFIFO
        case .socket: S_IFSOCK
        }
    }

    /// d_type of readdir(3).
    var entryType: UInt8 { UInt8(bits >> 12) }
}

private func expectKind(_ at: Scratch, _ name: String, _ kind: Kind, _ inode: ino_t) throws {
    let status = try at.status(name)
    try expectEqual("kind of \(name)", status.st_mode & S_IFMT, kind.bits)
    try expectEqual("inode of \(name)", status.st_ino, inode)
}

/// Both change places, across directories, and back.
private func exchangeOf(_ one: Kind, _ other: Kind) -> Check {
    Check("exchange-of-\(one)-and-\(other)") { at in
        try at.directory("sub")
        try one.make(at, "a")
        try other.make(at, "sub/b")
        let first = try at.status("a").st_ino
        let second = try at.status("sub/b").st_ino
        try must("renameat2", renameat2(at("a"), at("sub/b"), exchange))
        try expectKind(at, "a", other, second)
        try expectKind(at, "sub/b", one, first)
        try expectEqual("names", try at.names("sub"), ["b"])
        try must("back", renameat2(at("a"), at("sub/b"), exchange))
        try expectKind(at, "a", one, first)
    }
}

private func noReplaceOf(_ kind: Kind) -> Check {
    Check("rename-without-replacing-of-\(kind)") { at in
        try at.directory("sub")
        try kind.make(at, "a")
        let inode = try at.status("a").st_ino
        for other in Kind.allCases {
            try other.make(at, "sub/\(other)")
            try refused("onto \(other)", with: EEXIST, by: renameat2(at("a"), at("sub/\(other)"), noReplace))
        }
        try must("renameat2", renameat2(at("a"), at("sub/new"), noReplace))
        try expectKind(at, "sub/new", kind, inode)
        try expect(!at.exists("a"), "the old name is still there")
    }
}

/// A plain rename onto each kind: only a directory replaces a directory.
private func replacing(_ kind: Kind) -> Check {
    Check("rename-of-\(kind)-onto-each-kind") { at in
        for other in Kind.allCases {
            try kind.make(at, "a")
            try other.make(at, "b")
            let inode = try at.status("a").st_ino
            let answer = rename(at("a"), at("b"))
            switch (kind, other) {
            case (.directory, .directory): try must("onto a directory", answer)
            case (.directory, _): try refused("onto \(other)", with: ENOTDIR, by: answer)
            case (_, .directory): try refused("onto a directory", with: EISDIR, by: answer)
            default: try must("onto \(other)", answer)
            }
            if answer == 0 {
                try expectKind(at, "b", kind, inode)
            } else {
                try removeTree(of: kind, at("a"))
            }
            try removeTree(of: answer == 0 ? kind : other, at("b"))
        }
    }
}

private func removeTree(of kind: Kind, _ path: String) throws {
    try must("remove", kind == .directory ? rmdir(path) : unlink(path))
}

let renameKindChecks: [Check] =
    Kind.allCases.enumerated().flatMap { number, one in Kind.allCases[number...].map { exchangeOf(one, $0) } }
    + Kind.allCases.map(noReplaceOf) + Kind.allCases.map(replacing) + [
        Check("exchange-with-a-full-directory") { at in
            try at.directory("d")
            try at.directory("e")
            try at.file("d/in-d")
            try at.file("e/in-e")
            try must("renameat2", renameat2(at("d"), at("e"), exchange))
            try expectEqual("names", try at.names("d"), ["in-e"])
            try expectEqual("names", try at.names("e"), ["in-d"])
        },
        Check("exchange-of-a-directory-and-what-is-in-it") { at in
            try at.directory("d")
            try at.directory("d/e")
            try refused("down", with: EINVAL, by: renameat2(at("d"), at("d/e"), exchange))
            try refused("up", with: EINVAL, ENOTEMPTY, by: renameat2(at("d/e"), at("d"), exchange))
        },
        Check("exchange-with-oneself") { at in
            try at.file("a", "hello")
            try must("renameat2", renameat2(at("a"), at("a"), exchange))
            try expectEqual("text", try at.text("a"), "hello")
        },
        Check("exchange-of-open-files") { at in
            let one = try at.create("a", holding: "one")
            let two = try at.create("b", holding: "two")
            defer {
                close(one)
                close(two)
            }
            try must("renameat2", renameat2(at("a"), at("b"), exchange))
            try put(one, "O", at: 0)
            try expectEqual("text", try at.text("b"), "One")
            try expectEqual("text", try at.text("a"), "two")
        },
        Check("exchange-leaves-link-counts-right") { at in
            for path in ["d", "d/x", "e"] { try at.directory(path) }
            try at.file("e/y")
            try must("renameat2", renameat2(at("d/x"), at("e/y"), exchange))
            try expectEqual("kind", try at.status("e/y").st_mode & S_IFMT, S_IFDIR)
            var up = stat()
            try must("stat", stat(at("e/y/.."), &up))
            try expectEqual("parent", up.st_ino, try at.status("e").st_ino)
        },
        Check("rename-without-replacing-onto-oneself") { at in
            try at.file("a")
            try must("link", link(at("a"), at("b")))
            try refused("itself", with: EEXIST, by: renameat2(at("a"), at("a"), noReplace))
            try refused("its other link", with: EEXIST, by: renameat2(at("a"), at("b"), noReplace))
        },
        Check("rename-flags-that-contradict") { at in
            try at.file("a")
            try at.file("b")
            try refused("both", with: EINVAL, by: renameat2(at("a"), at("b"), noReplace | exchange))
            try refused("whiteout", with: EINVAL, by: renameat2(at("a"), at("b"), whiteout | exchange))
        },
        Check("rename-leaving-a-whiteout") { at in
            // Since 5.8 every account may make the device 0:0; what is refused must leave the name where it was.
            try at.file("a", "hello")
            if renameat2(at("a"), at("b"), whiteout) == 0 {
                try expectEqual("kind", try at.status("a").st_mode & S_IFMT, S_IFCHR)
                return try expectEqual("text", try at.text("b"), "hello")
            }
            try expect([EINVAL, EPERM, EOPNOTSUPP].contains(errno), nameOfErrno(errno))
            try expectEqual("text", try at.text("a"), "hello")
            try expect(!at.exists("b"), "half a rename")
        },
        Check("rename-of-dot-and-dot-dot") { at in
            try at.directory("d")
            try refused("dot", with: EBUSY, EINVAL, by: rename(at("d/."), at("e")))
            try refused("dot-dot", with: EBUSY, EINVAL, by: rename(at("d/.."), at("e")))
            try refused("onto dot", with: EBUSY, EINVAL, by: rename(at("d"), at(".")))
        },
        Check("rename-below-and-above") { at in
            for path in ["d", "d/e", "d/e/f"] { try at.directory(path) }
            try refused("onto its grandparent", with: ENOTEMPTY, EEXIST, by: rename(at("d/e/f"), at("d")))
            try refused("below itself", with: EINVAL, by: rename(at("d"), at("d/e/f/g")))
            try must("up", rename(at("d/e/f"), at("f")))
            try expectEqual("names", try at.names(), ["d", "f"])
        },
        Check("rename-of-a-file-as-a-directory") { at in
            try at.file("a")
            try at.directory("d")
            try refused("with a slash", with: ENOTDIR, by: rename(at("a/"), at("b")))
            try refused("to a slash", with: ENOTDIR, by: rename(at("a"), at("b/")))
            try must("a directory to a slash", rename(at("d"), at("e/")))
        },
    ]
