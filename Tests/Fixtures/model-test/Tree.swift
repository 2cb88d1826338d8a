import CRawCalls
import Glibc

/// One entry of a tree as it is shown: everything that two like trees have in common.
struct Entry: Equatable {
    let path: String
    let words: String
    let content: [UInt8]
}

/// Every entry at and below a directory, in the order of their names. What may not be read gets the right for the moment.
struct Tree {
    private(set) var entries: [Entry] = []
    /// Also compares times that no operation set: right where both trees are one.
    private let allTimes: Bool
    private let root: String
    /// The first path of a file with several names.
    private var firstNames: [ino_t: String] = [:]

    init(_ root: String, allTimes: Bool = false) throws {
        self.root = root
        self.allTimes = allTimes
        let directory = try must("open \(root)", raw_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
        defer { close(directory) }
        try add(namesIn: directory, below: "")
    }

    /// The first difference, or nil.
    func difference(from other: Tree, _ name: String, _ otherName: String) -> String? {
        for (one, two) in zip(entries, other.entries) where one != two {
            let bytes = one.path == two.path && one.words == two.words ? firstDifference(one.content, two.content) : ""
            return "\(name): \(one.path): \(one.words)\n\(otherName): \(two.path): \(two.words)\n\(bytes)"
        }
        if entries.count == other.entries.count { return nil }
        let (more, less) = entries.count > other.entries.count ? (self, other) : (other, self)
        let holder = entries.count > other.entries.count ? name : otherName
        return "only in \(holder): \(more.entries[less.entries.count].path)"
    }

    private mutating func add(namesIn directory: Int32, below path: String) throws {
        for name in try sortedNames(directory, path) { try add(name, in: directory, at: path + name) }
    }

    private mutating func add(_ name: String, in directory: Int32, at path: String) throws {
        var status = stat()
        try must("\(root)/\(path): lstat", fstatat(directory, name, &status, Int32(AT_SYMLINK_NOFOLLOW)))
        var words = words(of: status)
        if allTimes && status.st_mode & S_IFMT != S_IFIFO {
            words += " changed \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        }
        let kind = status.st_mode & S_IFMT
        if kind != S_IFDIR && status.st_nlink > 1 {
            words += " same as \(firstNames[status.st_ino] ?? "")"
            if firstNames[status.st_ino] == nil { firstNames[status.st_ino] = path }
        }
        if kind == S_IFLNK { words += " -> " + (try linkText(name, in: directory)) }
        guard kind == S_IFREG || kind == S_IFDIR else {
            entries.append(Entry(path: path, words: words, content: []))
            return
        }
        let entry = (words, status)
        try lending(name, in: directory, status.st_mode) { try addReadable(name, in: directory, at: path, entry) }
    }

    private mutating func addReadable(
        _ name: String, in directory: Int32, at path: String, _ entry: (words: String, status: stat)
    ) throws {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = try must("\(root)/\(path): open", raw_openat(directory, name, flags, 0))
        defer { close(file) }
        let isFile = entry.status.st_mode & S_IFMT == S_IFREG
        let content = isFile ? try wholeContent(file, Int(entry.status.st_size), path) : []
        entries.append(Entry(path: path, words: entry.words + (try attributes(of: file)), content: content))
        if !isFile { try add(namesIn: file, below: path + "/") }
    }

    /// Lends the owner the rights to read and search while the block runs.
    private func lending(_ name: String, in directory: Int32, _ mode: mode_t, _ body: () throws -> Void) throws {
        let wanted: mode_t = mode & S_IFMT == S_IFDIR ? 0o500 : 0o400
        let lacks = mode & wanted != wanted
        if lacks { try must("\(root)/\(name): chmod", fchmodat(directory, name, mode & 0o7777 | wanted, 0)) }
        defer { if lacks { fchmodat(directory, name, mode & 0o7777, 0) } }
        try body()
    }

    /// All that can be read, which must be as much as stat(2) says.
    private func wholeContent(_ file: Int32, _ size: Int, _ path: String) throws -> [UInt8] {
        var content: [UInt8] = []
        while true {
            let offset = content.count
            let part = received(1 << 18) { pread(file, $0, 1 << 18, offset) }
            if part.error != 0 { throw Failure("\(root)/\(path): pread: \(nameOfErrno(part.error))") }
            if part.value == 0 { break }
            content += part.bytes
        }
        if content.count != size { throw Failure("\(root)/\(path): \(content.count) bytes, but the size is \(size)") }
        return content
    }
}

private func sortedNames(_ directory: Int32, _ path: String) throws -> [String] {
    let copy = try must("open \(path)", raw_openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
    guard let stream = fdopendir(copy) else { throw Failure("fdopendir \(path): \(nameOfErrno(errno))") }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) { names.append(nameOf(entry)) }
    if errno != 0 { throw Failure("readdir \(path): \(nameOfErrno(errno))") }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
}

private func linkText(_ name: String, in directory: Int32) throws -> String {
    var room = [CChar](repeating: 0, count: 4096)
    let length = try must("readlink \(name)", readlinkat(directory, name, &room, room.count))
    return String(decoding: room[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The names and values of a file's extended attributes, sorted.
private func attributes(of file: Int32) throws -> String {
    let names = received(1 << 16) { flistxattr(file, $0.assumingMemoryBound(to: CChar.self), 1 << 16) }
    if names.error != 0 { throw Failure("flistxattr: \(nameOfErrno(names.error))") }
    return try names.bytes.split(separator: 0).map { name in
        let name = String(decoding: name, as: UTF8.self)
        let value = received(1 << 16) { fgetxattr(file, name, $0, 1 << 16) }
        if value.error != 0 { throw Failure("fgetxattr \(name): \(nameOfErrno(value.error))") }
        return " \(name)=\(value.bytes.count):\(value.bytes.reduce(into: 5381) { $0 = ($0 &* 33) ^ Int($1) })"
    }.sorted().joined()
}
