import Glibc

/// A source with a known tree in it, and beside it a canary that nobody must ever see or touch.
struct Scratch {
    let root: String
    var source: String { root + "/source" }
    var canary: String { root + "/canary" }
    /// What the canary holds, and what is found nowhere else.
    let secret: [UInt8]
    let secretInodes: Set<UInt64>
    private let before: [String]
    private let sourceBefore: [String]

    init(_ root: String, _ random: inout Random) throws {
        self.root = root
        let text = "secret-\(random.next())-\(random.next())"
        secret = Array(text.utf8)
        try must("mkdir \(root)", mkdir(root, 0o755))
        try must("mkdir canary", mkdir(root + "/canary", 0o755))
        try makeFile(root + "/canary/held", text)
        try makeFile(root + "/canary/" + text, text)
        try Self.fill(root + "/source")
        // Accesses long ago: the next one is noted even where access times are kept loosely, mount(8) relatime.
        for path in ["/canary/held", "/canary/" + text, "/canary"] {
            let times = [timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 2_000_000, tv_nsec: 0)]
            try must("utimensat", utimensat(AT_FDCWD, root + path, times, 0))
        }
        secretInodes = Set(
            try ["/canary/held", "/canary/" + text, "/canary", ""].map { UInt64(try status(root + $0).st_ino) })
        before = try Self.describe(root + "/canary", accesses: true) + names(in: root)
        sourceBefore = try Self.describe(root + "/source", accesses: false)
    }

    /// Links that lead out, kinds that must not be opened, and ordinary files.
    private static func fill(_ source: String) throws {
        for path in ["", "/directory", "/directory/inner", "/empty"] { try must("mkdir", mkdir(source + path, 0o755)) }
        for path in ["/file", "/a", "/directory/file", "/directory/inner/file"] {
            try makeFile(source + path, "the file \(path)")
        }
        try must("symlink", symlink("../canary/held", source + "/link"))
        try must("symlink", symlink("../canary", source + "/up"))
        try must("symlink", symlink(source + "/../canary/held", source + "/absolute"))
        try must("symlink", symlink("../../canary/held", source + "/directory/link"))
        try must("link", link(source + "/file", source + "/directory/b"))
        try must("mkfifo", mkfifo(source + "/fifo", 0o644))
    }

    /// Nothing beside the source is other than it was.
    func checkCanary() throws {
        let after = try Self.describe(canary, accesses: true) + names(in: root)
        try compare(before, after, "beside the source")
    }

    /// Nothing in the source is.
    func checkSource() throws {
        try compare(sourceBefore, try Self.describe(source, accesses: false), "in the read-only source")
    }

    private func compare(_ before: [String], _ after: [String], _ place: String) throws {
        if before == after { return }
        let gone = before.filter { !after.contains($0) }
        let new = after.filter { !before.contains($0) }
        throw Failure("changed \(place): \(gone) became \(new)")
    }

    /// A line for each entry: all that lstat(2) tells, and what it holds.
    private static func describe(_ path: String, accesses: Bool) throws -> [String] {
        let now = try status(path)
        var line =
            "\(path): mode \(now.st_mode) owner \(now.st_uid):\(now.st_gid) links \(now.st_nlink) inode \(now.st_ino)"
        line += " size \(now.st_size) modified \(time(now.st_mtim)) changed \(time(now.st_ctim))"
        if accesses { line += " read \(time(now.st_atim))" }
        switch now.st_mode & S_IFMT {
        case S_IFDIR: return try [line] + names(in: path).flatMap { try describe(path + "/" + $0, accesses: accesses) }
        case S_IFREG: return [line + " holds " + String(decoding: try contents(of: path, noting: false), as: UTF8.self)]
        case S_IFLNK: return [line + " leads to " + (try readLink(path))]
        default: return [line]
        }
    }

    private static func time(_ time: timespec) -> String { "\(time.tv_sec).\(time.tv_nsec)" }
}
