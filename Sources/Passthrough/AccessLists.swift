import Fuse
import Glibc
import Linux

/// The ids within POSIX ACLs, acl(5), where a mount shows ids through a map.
///
/// An ACL travels as an extended attribute: four bytes of version, then eight bytes for each entry, a tag, rights and an
/// id, all in little-endian order (linux/posix_acl_xattr.h).
extension PassthroughFileSystem {
    func mapsAccessList(_ name: CName) -> Bool {
        if settings.identities.lines.isEmpty { return false }
        return strcmp(name, "system.posix_acl_access") == 0 || strcmp(name, "system.posix_acl_default") == 0
    }

    /// From the source's ids to those shown. One that the map does not have reads as 4294967294, which is nobody's: an
    /// entry that was left out would be lost when the list is set again.
    func showAccessList(_ list: UnsafeMutableRawBufferPointer) {
        forEachNamedID(list) { settings.identities.inside(of: $0) ?? nobodysID }
    }

    /// From the ids shown to the source's; EOVERFLOW for one that the map does not have.
    func storeAccessList(_ list: UnsafeMutableRawBufferPointer) throws(Errno) {
        try forEachNamedID(list) { (id) throws(Errno) in try outside(id) }
    }

    private func forEachNamedID<Failure: Error>(
        _ list: UnsafeMutableRawBufferPointer, _ replace: (UInt32) throws(Failure) -> UInt32
    ) throws(Failure) {
        var place = 4
        while place + 8 <= list.count {
            let tag = UInt16(littleEndian: list.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            if tag == namedUser || tag == namedGroup {
                let id = UInt32(littleEndian: list.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
                list.storeBytes(of: try replace(id).littleEndian, toByteOffset: place + 4, as: UInt32.self)
            }
            place += 8
        }
    }
}

/// ACL_USER and ACL_GROUP: the only tags whose entries have an id.
private let namedUser: UInt16 = 0x02
private let namedGroup: UInt16 = 0x08
private let nobodysID = UInt32.max - 1
