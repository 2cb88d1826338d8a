import Glibc

/// What went otherwise than it must.
struct Failure: Error {
    let words: String
    init(_ words: String) { self.words = words }
}

/// The answer of a call without which nothing can be tried.
@discardableResult
func must<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1 { throw Failure("\(call): \(String(cString: strerror(errno)))") }
    return answer
}

/// Makes a file that holds the text.
func makeFile(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
    let file = try must("creat \(path)", creat(path, mode))
    defer { close(file) }
    let bytes = Array(text.utf8)
    try must("write \(path)", write(file, bytes, bytes.count))
}

/// The whole of a file of at most 64 KiB.
func contents(of path: String, noting: Bool = true) throws -> [UInt8] {
    let file = try must("open \(path)", open(path, O_RDONLY | O_CLOEXEC | (noting ? 0 : O_NOATIME)))
    defer { close(file) }
    var room = [UInt8](repeating: 0, count: 65536)
    let count = try must("read \(path)", read(file, &room, room.count))
    return Array(room[..<count])
}

/// Where a link leads.
func readLink(_ path: String) throws -> String {
    var room = [UInt8](repeating: 0, count: 4096)
    let count = try must("readlink \(path)", room.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, 4096) })
    return String(decoding: room[..<count], as: UTF8.self)
}

/// The names in a directory but `.` and `..`, sorted.
func names(in path: String) throws -> [String] {
    let number = try must("open \(path)", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME))
    guard let directory = fdopendir(number) else { throw Failure("fdopendir \(path)") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
}

func status(_ path: String) throws -> stat {
    var answer = stat()
    try must("lstat \(path)", lstat(path, &answer))
    return answer
}

/// Removes a directory whatever modes its own directories have by now.
func removeTree(_ path: String) throws {
    let script = "chmod -R -f u+rwX \"$0\"; rm -rf \"$0\""
    var words: [UnsafeMutablePointer<CChar>?] = []
    for word in ["sh", "-c", script, path] { words.append(strdup(word)) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    guard posix_spawn(&process, "/bin/sh", nil, nil, &words, environ) == 0 else { throw Failure("posix_spawn /bin/sh") }
    var ended: Int32 = 0
    try must("waitpid", waitpid(process, &ended, 0))
    if ended != 0 { throw Failure("\(path) cannot be removed") }
}
