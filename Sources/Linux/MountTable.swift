import Glibc

/// One line of /proc/PID/mountinfo, proc(5).
package struct MountEntry: Hashable, Sendable {
    package var id: Int
    /// `major:minor` of the file system, as the kernel prints it: the same for every mount of one file system.
    package var device: String
    /// Which directory of the file system this mount shows.
    package var root: String
    /// Where it is mounted, seen from the process's root.
    package var mountPoint: String
    /// The options of this mount, such as `ro,nosuid,nodev`.
    package var options: [String]
    /// The file system's type, such as `fuse.berth`.
    package var type: String

    /// Parses one line; nil where it is not of the form that proc(5) describes.
    package init?(line: Substring) {
        // By bytes, not by characters: at the start of a session many such lines are read.
        let fields = line.utf8.split(separator: UInt8(ascii: " ")).map(Substring.init)
        guard fields.count >= 10, let id = Int(fields[0]), let dash = fields[6...].firstIndex(of: "-"),
            dash + 1 < fields.endIndex
        else { return nil }
        self.id = id
        device = String(fields[2])
        root = unescapeMountField(fields[3])
        mountPoint = unescapeMountField(fields[4])
        options = fields[5].utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
        type = String(fields[dash + 1])
    }
}

/// The mounts of the calling process's mount namespace, in the order of mountinfo.
package func mountTable() throws(SystemError) -> [MountEntry] {
    try mountLines().compactMap { MountEntry(line: $0) }
}

/// Those of these numbers.
package func mountTable(of ids: Set<Int>) throws(SystemError) -> [MountEntry] {
    try mountLines().filter { line in
        let number = line.utf8.prefix { $0 != UInt8(ascii: " ") }
        return Int(Substring(number)).map(ids.contains) ?? false
    }.compactMap { MountEntry(line: $0) }
}

private func mountLines() throws(SystemError) -> [Substring] {
    try readText("/proc/self/mountinfo").utf8.split(separator: UInt8(ascii: "\n")).map(Substring.init)
}

/// Turns `\040` and its kin, which stand for blanks and backslashes in mountinfo, back into bytes.
package func unescapeMountField(_ field: Substring) -> String {
    guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3,
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
        {
            bytes.append(value)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension OpenFile where Self: ~Copyable {
    /// The number in mountinfo of the mount this descriptor lies on: `mnt_id` of /proc/self/fdinfo, proc(5).
    ///
    /// Asks no file server, unlike statx(2), and so also tells of a mount whose server is dead or serves others only.
    package func attachedMountID() throws(SystemError) -> Int {
        let path = "/proc/self/fdinfo/\(number)"
        let line = try readText(path).split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
        guard let line, let id = Int(line.dropFirst("mnt_id:".count).filter(\.isNumber)) else {
            throw SystemError("read", on: path, Errno(EINVAL))
        }
        return id
    }
}
