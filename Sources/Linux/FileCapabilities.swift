import Glibc

/// The capabilities that a program's file gives, capabilities(7): the attribute `security.capability`.
package struct FileCapabilities: Hashable, Sendable {
    package var permitted: CapabilitySet
    package var inheritable: CapabilitySet
    /// What is permitted becomes effective at once; one bit for all of them.
    package var isEffective: Bool

    /// Decodes a `struct vfs_cap_data` of revision 1, 2 or 3; nil where it is none.
    package init?(decoding bytes: [UInt8]) {
        func word(_ index: Int) -> UInt32 {
            bytes[(index * 4)..<(index * 4 + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard bytes.count >= 12 else { return nil }
        let magic = word(0)
        let sizes: [UInt32: Int] = [0x0100_0000: 12, 0x0200_0000: 20, 0x0300_0000: 24]
        guard let size = sizes[magic & 0xFF00_0000], bytes.count == size else { return nil }
        let isWide = size > 12
        permitted = CapabilitySet(rawValue: UInt64(word(1)) | (isWide ? UInt64(word(3)) << 32 : 0))
        inheritable = CapabilitySet(rawValue: UInt64(word(2)) | (isWide ? UInt64(word(4)) << 32 : 0))
        isEffective = magic & 1 == 1
    }

    /// Those of the file at `path`; nil where it has none.
    package static func of(_ path: String) throws(SystemError) -> FileCapabilities? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { room.deallocate() }
        do {
            let size = try FollowedPath.attribute(path, "security.capability", into: room)
            return FileCapabilities(decoding: Array(room[..<size]))
        } catch {
            if error == Errno(ENODATA) || error == Errno(ENOTSUP) { return nil }
            throw SystemError("getxattr", on: path, error)
        }
    }
}
