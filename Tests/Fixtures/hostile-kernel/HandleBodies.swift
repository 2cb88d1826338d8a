/// The operations that name an open file.
extension Author {
    mutating func byHandle(_ operation: Operation) -> (node: UInt64, body: [UInt8]) {
        let listing = [.readdir, .readdirplus, .fsyncdir].contains(operation)
        let file = handle(directory: listing)
        if [.getlk, .setlk, .setlkw, .flush, .ioctl].contains(operation) {
            return (nodeOf(file), handleBody(operation, file))
        }
        return (listing && operation != .fsyncdir ? listedNode(file) : openNode(), handleBody(operation, file))
    }

    /// Any at all, unless it stands for the handle.
    private mutating func openNode() -> UInt64 { opensNothing ? node(directory: false) : anyNode() }

    /// The directory that was opened, unless anything may be said.
    private mutating func listedNode(_ handle: UInt64) -> UInt64 {
        if opensNothing || (anyHandles && isHostile()) { return node(directory: true) }
        return known.handles[handle]?.node ?? Knowledge.root
    }

    private mutating func handleBody(_ operation: Operation, _ file: UInt64) -> [UInt8] {
        switch operation {
        case .read, .readdir, .readdirplus:
            let size = length()
            allow(Int(size))
            if size > 1 << 20 { mustFail("more is asked for than any kernel does") }
            return fields64(file, offset()) + fields32(size, number()) + fields64(0) + fields32(openFlags(), 0)
        case .write: return writing(file)
        case .flush: return fields64(file) + fields32(0, 0) + fields64(UInt64(random.below(4)))
        case .fsync, .fsyncdir:
            // Nothing can have been written.
            if readOnly { pardon() }
            return fields64(file) + fields32(random.pick([0, 1, .max]), 0)
        case .fallocate: return fields64(file, offset(), fallocateLength()) + fields32(fallocateMode(), 0)
        case .lseek: return fields64(file, offset()) + fields32(random.pick([0, 1, 2, 3, 4, 5, .max]), 0)
        case .copyFileRange:
            let target = handle(directory: false)
            return fields64(file, offset(), anyNode(), target, offset(), UInt64(length())) + fields64(UInt64(number()))
        case .getlk, .setlk, .setlkw: return locking(file)
        case .ioctl: return controlling(file)
        case .poll: return fields64(file, random.next()) + fields32(number(), number())
        case .bmap: return fields64(offset()) + fields32(length(), 0)
        default: return fields64(file, random.next(), random.next(), random.next())
        }
    }

    private mutating func writing(_ file: UInt64) -> [UInt8] {
        let count = random.pick(bursts ? [0, 1, 100, 4096] : [0, 1, 100, 4096, 4097, 65536])
        let lies = isHostile()
        if lies { mustFail("more is counted than was sent") }
        let size = UInt32(count) &+ (lies ? random.pick([1, 4096, 1 << 20, 1 << 31, .max - 65536]) : 0)
        allow(count)
        let flags = isHostile() ? number() : random.pick([0, 1, 2, 4])
        return fields64(file, offset()) + fields32(size, flags) + fields64(0) + fields32(openFlags(), 0) + data(count)
    }

    private mutating func fallocateLength() -> UInt64 {
        isHostile() ? offset() : UInt64(random.pick([1, 4096, 100_000]))
    }

    private mutating func fallocateMode() -> UInt32 {
        isHostile() ? UInt32(truncatingIfNeeded: random.next()) : random.pick([0, 1, 3, 16, 17, 8, 32, 64])
    }

    private mutating func controlling(_ file: UInt64) -> [UInt8] {
        let sent = random.pick([0, 4, 8, 28, 100])
        let lies = isHostile()
        if lies { mustFail("more is counted than was sent") }
        let counted = UInt32(sent) &+ (lies ? random.pick([1, 4096, 1 << 31, .max - 100]) : 0)
        let room = UInt32(random.pick([0, 4, 8, 28, 4096]))
        allow(Int(room))
        // FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR and FSSETXATTR, FICLONE, FUSE_DEV_IOC_CLONE, and anything.
        let command = random.pick([
            0x8008_6601, 0x4008_6602, 0x801c_581f, 0x401c_5820, 0x4004_9409, 0x8004_e500,
            UInt32(truncatingIfNeeded: random.next()),
        ])
        if readOnly && [0x4008_6602, 0x401c_5820].contains(command) { mustFail("the tree is read-only") }
        return fields64(file) + fields32(random.pick([0, 1, 2, 4, 16, 16, .max]), command) + fields64(random.next())
            + fields32(counted, room) + data(sent)
    }
}
