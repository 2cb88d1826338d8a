import CRawCalls
import Glibc

/// One entry of a POSIX access control list, as acl(5) has it.
struct AccessEntry: Equatable {
    enum Tag: UInt16 {
        case owner = 0x01
        case user = 0x02
        case owningGroup = 0x04
        case group = 0x08
        case mask = 0x10
        case other = 0x20
    }
    var tag: Tag
    var rights: UInt16
    /// The account or group of a named entry.
    var id = UInt32.max

    static func owner(_ rights: UInt16) -> AccessEntry { AccessEntry(tag: .owner, rights: rights) }
    static func user(_ id: uid_t, _ rights: UInt16) -> AccessEntry { AccessEntry(tag: .user, rights: rights, id: id) }
    static func owningGroup(_ rights: UInt16) -> AccessEntry { AccessEntry(tag: .owningGroup, rights: rights) }
    static func group(_ id: gid_t, _ rights: UInt16) -> AccessEntry { AccessEntry(tag: .group, rights: rights, id: id) }
    static func mask(_ rights: UInt16) -> AccessEntry { AccessEntry(tag: .mask, rights: rights) }
    static func other(_ rights: UInt16) -> AccessEntry { AccessEntry(tag: .other, rights: rights) }
}

let accessList = "system.posix_acl_access"
let defaultList = "system.posix_acl_default"

/// As the kernel's extended attribute has it: a version, then a tag, rights and an id for each entry.
func encoded(_ entries: [AccessEntry]) -> [UInt8] {
    func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    return bytes(UInt32(2)) + entries.flatMap { bytes($0.tag.rawValue) + bytes($0.rights) + bytes($0.id) }
}

@discardableResult
func setList(_ path: String, _ name: String, _ entries: [AccessEntry]) -> Int32 {
    let value = encoded(entries)
    return setxattr(path, name, value, value.count, 0)
}

/// Nil where the entry has none beyond its mode.
func list(_ path: String, _ name: String) throws -> [UInt8]? {
    var room = [UInt8](repeating: 0, count: 4096)
    let length = getxattr(path, name, &room, room.count)
    if length == -1 && errno == ENODATA { return nil }
    return Array(room[..<(try must("getxattr \(name)", length))])
}
