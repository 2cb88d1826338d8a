import CRawCalls
import Glibc

/// The directory a check may do what it likes in. Removed afterwards with all that is in it.
struct Scratch: Sendable {
    let path: String

    /// The path of an entry.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    func open(_ name: String, _ flags: Int32, mode: mode_t = 0o644) -> Int32 {
        raw_openat(AT_FDCWD, self(name), flags | O_CLOEXEC, mode)
    }

    /// A new file, open for reading and writing.
    func create(_ name: String, holding text: String = "", mode: mode_t = 0o644) throws -> Int32 {
        let file = try must("open \(name)", open(name, O_RDWR | O_CREAT | O_EXCL, mode: mode))
        try put(file, text)
        return file
    }

    /// A new file that holds the text, closed.
    func file(_ name: String, _ text: String = "", mode: mode_t = 0o644) throws {
        try must("close", close(try create(name, holding: text, mode: mode)))
    }

    func directory(_ name: String, mode: mode_t = 0o755) throws { try must("mkdir \(name)", mkdir(self(name), mode)) }

    /// The whole of a file.
    func text(_ name: String) throws -> String {
        let file = try must("open \(name)", open(name, O_RDONLY))
        defer { close(file) }
        return try take(file, at: 0, count: 1 << 16)
    }

    func status(_ name: String) throws -> stat {
        var answer = stat()
        try must("lstat \(name)", lstat(self(name), &answer))
        return answer
    }

    func exists(_ name: String) -> Bool {
        var answer = stat()
        return lstat(self(name), &answer) == 0
    }

    /// The names in a directory but `.` and `..`, sorted, as readdir(3) gives them.
    func names(_ name: String = ".") throws -> [String] {
        guard let directory = opendir(self(name)) else { throw Failure("opendir: \(nameOfErrno(errno))") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) { names.append(nameOf(entry)) }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}

func nameOf(_ entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
}

/// write(2) of the whole text.
func put(_ file: Int32, _ text: String) throws {
    let bytes = Array(text.utf8)
    if bytes.isEmpty { return }
    try expectEqual("length written", try must("write", write(file, bytes, bytes.count)), bytes.count)
}

/// pwrite(2) of the whole text.
func put(_ file: Int32, _ text: String, at offset: off_t) throws {
    let bytes = Array(text.utf8)
    try expectEqual("length written", try must("pwrite", pwrite(file, bytes, bytes.count, offset)), bytes.count)
}

/// pread(2) of at most `count` bytes.
func take(_ file: Int32, at offset: off_t, count: Int) throws -> String {
    var room = [UInt8](repeating: 0, count: count)
    let length = try must("pread", pread(file, &room, count, offset))
    return String(decoding: room[..<length], as: UTF8.self)
}

func statusOf(_ file: Int32) throws -> stat {
    var answer = stat()
    try must("fstat", fstat(file, &answer))
    return answer
}

/// The calls that Swift's Glibc has no name for.
func renameat2(_ from: String, _ to: String, _ flags: Int) -> Int {
    from.withCString { from in
        to.withCString { to in
            raw_call(
                Int(SYS_renameat2), Int(AT_FDCWD), Int(bitPattern: from), Int(AT_FDCWD), Int(bitPattern: to), flags, 0)
        }
    }
}
