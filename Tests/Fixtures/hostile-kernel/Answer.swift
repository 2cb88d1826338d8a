import Glibc

/// An answer as it was read: a header of 16 bytes, and a body.
struct Answer {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes = bytes
        if bytes.count < 16 { throw Failure("an answer of \(bytes.count) bytes") }
        if length != bytes.count { throw Failure("an answer of \(bytes.count) bytes says it has \(length)") }
        if !(-4095...0).contains(error) { throw Failure("an answer with the error \(error)") }
        if error != 0 && bytes.count != 16 {
            throw Failure("an error \(error) with \(bytes.count - 16) bytes behind it")
        }
    }

    private var length: Int { Int(number32(-16)) }
    var error: Int32 { Int32(bitPattern: number32(-12)) }
    var unique: UInt64 { number64(-8) }
    var count: Int { bytes.count - 16 }

    /// A number at an offset into the body.
    func number64(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self) }
    func number32(_ offset: Int) -> UInt32 { bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt32.self) }

    func bytes(at offset: Int, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(offset + 16)..<(offset + 16 + count)])
    }

    func holds(_ secret: [UInt8]) -> Bool { memmem(bytes.baseAddress!, bytes.count, secret, secret.count) != nil }
}

/// One node in an answer: struct fuse_entry_out.
struct FoundEntry {
    let node: UInt64
    let inode: UInt64
    let isDirectory: Bool

    init(_ answer: Answer, at offset: Int) {
        node = answer.number64(offset)
        inode = answer.number64(offset + 40)
        isDirectory = answer.number32(offset + 100) & 0o170000 == 0o040000
    }
}

/// The answer to a listing, taken apart: struct fuse_dirent or fuse_direntplus, one after the other.
func entries(of answer: Answer, withAttributes: Bool) throws -> [FoundEntry] {
    let ahead = withAttributes ? 128 : 0
    var found: [FoundEntry] = []
    var place = 0
    while place < answer.count {
        guard place + ahead + 24 <= answer.count else { throw Failure("a listing ends within an entry") }
        let length = Int(answer.number32(place + ahead + 16))
        guard length > 0, place + ahead + 24 + length <= answer.count else {
            throw Failure("an entry's name of \(length) bytes")
        }
        let name = answer.bytes(at: place + ahead + 24, count: length)
        if name.contains(0) || name.contains(UInt8(ascii: "/")) { throw Failure("an entry's name is none") }
        if withAttributes { found.append(FoundEntry(answer, at: place)) }
        place += (ahead + 24 + length + 7) & ~7
    }
    return found
}
