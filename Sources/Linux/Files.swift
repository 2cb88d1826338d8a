import CLinux
import Glibc

extension OpenFile where Self: ~Copyable {
    /// openat(2), O_CLOEXEC.
    package func open(_ path: String, _ flags: OpenFlags, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        let opened = try attempt("openat", on: path) {
            berth_openat(number, path, flags.rawValue | O_CLOEXEC, mode)
        }
        return Descriptor(owning: opened)
    }

    /// fstat(2); works on O_PATH descriptors as well.
    package func status() throws(SystemError) -> stat {
        var answer = stat()
        try attempt("fstat", on: "descriptor \(number)") { fstat(number, &answer) }
        return answer
    }

    /// fstatat(2) that does not follow a link in the last component.
    package func status(of name: String) throws(SystemError) -> stat {
        var answer = stat()
        try attempt("fstatat", on: name) { fstatat(number, name, &answer, AT_SYMLINK_NOFOLLOW) }
        return answer
    }

    /// readlinkat(2); an empty name reads the link that the descriptor itself stands for.
    package func linkTarget(_ name: String = "") throws(SystemError) -> String {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try attempt("readlinkat", on: name) { readlinkat(number, name, &room, room.count) }
        return String(decoding: room[..<length].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Where the kernel has this directory: an absolute path without links, /proc/self/fd of proc(5).
    package func pathOfDirectory() throws(SystemError) -> String {
        try FileReference.workingDirectory.linkTarget("/proc/self/fd/\(number)")
    }

    /// fchdir(2).
    package func enter() throws(SystemError) {
        try attempt("fchdir", on: "descriptor \(number)") { fchdir(number) }
    }

    /// faccessat(2) with the effective ids.
    package func check(access mode: Int32, _ path: String) throws(SystemError) {
        try attempt("faccessat", on: path) { faccessat(number, path, mode, AT_EACCESS) }
    }

    /// syncfs(2): waits until everything written to this file system has reached it; errors of earlier writes appear.
    package func synchronize() throws(SystemError) {
        try attempt("syncfs", on: "descriptor \(number)") { syncfs(number) }
    }

    /// write(2) until every byte is out.
    package func write(_ bytes: some Sequence<UInt8>) throws(SystemError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            done += try attempt("write", on: "descriptor \(number)") {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + done, bytes.count - done) }
            }
        }
    }

    /// read(2) until the end, or until `limit` bytes have come.
    package func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most files are small, and each page of the room is a page fault.
        var room = [UInt8](repeating: 0, count: min(limit, 4096))
        while bytes.count < limit {
            let wanted = min(room.count, limit - bytes.count)
            let length = try attempt("read", on: "descriptor \(number)") { Glibc.read(number, &room, wanted) }
            if length == 0 { break }
            bytes += room[..<length]
            if length == room.count && length < 1 << 18 { room = Array(repeating: 0, count: length * 4) }
        }
        return bytes
    }
}

/// The whole of a small file such as those of proc(5): at most 4 MiB, as text.
package func readText(_ path: String) throws(SystemError) -> String {
    let file = try FileReference.workingDirectory.open(path, .readOnly)
    do { return String(decoding: try file.readAll(limit: 4 << 20), as: UTF8.self) } catch {
        throw SystemError("read", on: path, error.reason)
    }
}

/// Writes a setting such as those of proc(5) in a single write(2), as uid_map wants it.
package func writeSetting(_ path: String, _ text: String) throws(SystemError) {
    let file = try FileReference.workingDirectory.open(path, .writeOnly)
    let bytes = Array(text.utf8)
    try attempt("write", on: path) { Glibc.write(file.number, bytes, bytes.count) }
}
