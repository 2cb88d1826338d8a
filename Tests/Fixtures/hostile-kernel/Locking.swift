/// Requests about locks, and what comes with them.
extension Author {
    /// The handle's own node, unless anything may be said.
    mutating func nodeOf(_ handle: UInt64) -> UInt64 {
        if opensNothing || isHostile() { return anyNode() }
        return known.handles[handle]?.node ?? Knowledge.root
    }

    /// struct fuse_lk_in. Few owners and few places, so that one is often in another's way.
    mutating func locking(_ file: UInt64) -> [UInt8] {
        let start = isHostile() ? random.next() >> random.pick([0, 1, 2, 40]) : UInt64(random.below(4))
        let end = isHostile() ? random.next() >> random.pick([0, 1, 2, 40]) : random.pick([start + 2, .max >> 1])
        if start > end || end > .max >> 1 { mustFail("the range is none") }
        let type: UInt32 = isHostile() ? random.pick([3, 7, 1 << 31, .max]) : random.pick([0, 0, 1, 1, 2])
        if type > 2 { mustFail("there is no such kind of lock") }
        let owner = isHostile() ? random.next() : UInt64(random.below(4))
        let process: UInt32 = isHostile() ? random.pick([0, .max, 1 << 31, .max - 1]) : requester.process
        // FUSE_LK_FLOCK.
        let flags: UInt32 = isHostile() ? number() : random.pick([0, 0, 1])
        return fields64(file, owner, start, end) + fields32(type, process, flags, 0)
    }
}

extension Request {
    /// It may be answered as late as the kernel likes: when it says that nobody waits any more.
    var mayWait: Bool { known == .setlkw }

    /// FUSE_INTERRUPT of the request with this number.
    static func interruption(of unique: UInt64) -> Request {
        Request(operation: Operation.interrupt.rawValue, node: 0, body: fields64(unique))
    }
}

/// What a server says without having been asked: struct fuse_out_header with the kind in place of an error, and of the
/// kinds only that a node's attributes may have changed, FUSE_NOTIFY_INVAL_INODE.
func isNotification(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
    guard bytes.count >= 16, bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == 0 else { return false }
    let kind = bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self)
    if kind <= 0 { return false }
    guard kind == 2, bytes.count == 40, bytes.loadUnaligned(as: UInt32.self) == 40,
        bytes.loadUnaligned(fromByteOffset: 24, as: Int64.self) == -1
    else { throw Failure("a notification of kind \(kind) with \(bytes.count) bytes") }
    return true
}
