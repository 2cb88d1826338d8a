/// What follows the header, operation by operation, as linux/fuse.h has it.
extension Author {
    mutating func draw(_ operation: Operation) -> (node: UInt64, body: [UInt8]) {
        switch operation {
        case .lookup, .unlink, .rmdir: (node(directory: true), name())
        case .symlink: (node(directory: true), name() + text())
        case .mknod: (node(directory: true), fields32(fileMode(), number(), 0o022, 0) + name())
        case .mkdir: (node(directory: true), fields32(mode(), 0o022) + name())
        case .rename: (node(directory: true), fields64(node(directory: true)) + name() + name())
        case .rename2:
            (node(directory: true), fields64(node(directory: true)) + fields32(renameFlags(), 0) + name() + name())
        case .link: (node(directory: true), fields64(node(directory: false)) + name())
        case .create: (node(directory: true), fields32(openFlags() | 0o100, mode(), 0o022, number()) + name())
        case .open: (node(directory: false), fields32(openFlags(), number()))
        case .opendir: (node(directory: true), fields32(openFlags() & ~3, number()))
        case .readlink: (node(directory: false), [])
        case .access: (node(directory: random.chance(128)), fields32(random.pick([0, 1, 2, 4, 6, 7, 255, .max]), 0))
        case .forget, .batchForget: forgetting(operation)
        case .getattr, .setattr: attributes(operation)
        case .setxattr, .getxattr, .listxattr, .removexattr: extendedAttributes(operation)
        case .release, .releasedir: releasing(operation)
        case .statfs, .syncfs: (anyNode(), [])
        case .interrupt, .notifyReply: (anyNode(), fields64(random.next(), random.next(), random.next(), 0, 0))
        case .initialize, .cuseInitialize: (0, fields32(7, 38, 131_072, .max) + [UInt8](repeating: 0, count: 48))
        case .destroy, .setupMapping, .removeMapping, .tmpfile, .statx: (anyNode(), data(random.below(80)))
        default: byHandle(operation)
        }
    }

    private mutating func fileMode() -> UInt32 {
        isHostile()
            ? UInt32(truncatingIfNeeded: random.next())
            : random.pick([0o100644, 0o100600, 0o010644, 0o140644, 0o020666, 0o060666, 0o040755, 0o644])
    }

    private mutating func renameFlags() -> UInt32 {
        isHostile() ? UInt32(truncatingIfNeeded: random.next()) : random.pick([0, 0, 1, 2, 3, 4, 6, 8])
    }

    private mutating func forgetting(_ operation: Operation) -> (UInt64, [UInt8]) {
        if operation == .forget {
            let one = forgottenNode()
            return (one.node, fields64(one.count))
        }
        let nodes = (0..<random.below(6)).map { _ in forgottenNode() }
        let body = nodes.flatMap { fields64($0.node, $0.count) }
        if isHostile() {
            return (0, fields32(UInt32(nodes.count) + random.pick([1, 7, 1 << 28, 1 << 31, .max >> 1]), 0) + body)
        }
        return (0, fields32(UInt32(nodes.count), 0) + body)
    }

    private mutating func forgottenNode() -> (node: UInt64, count: UInt64) {
        let node = anyNode()
        let lookups = known.nodes[node]?.lookups ?? 1
        return (node, isHostile() ? random.pick([0, 1 << 32, 1 << 63, .max]) : lookups)
    }

    private mutating func attributes(_ operation: Operation) -> (UInt64, [UInt8]) {
        let named = random.chance(100)
        let place = named ? anyNode() : node(directory: random.chance(80))
        let handle = named ? handle(directory: random.chance(60)) : 0
        if operation == .getattr { return (place, fields32(named ? 1 : 0, 0) + fields64(handle)) }
        // FATTR_*: mode, uid, gid, size, atime, mtime, handle, the times now, lock owner, ctime, kill set-id.
        var valid: UInt32 = isHostile() ? .max : random.pick([1, 8, 16, 32, 48, 1 << 7, 1 << 8, 2, 4, 6, 9, 1 << 11])
        valid = named ? valid | 1 << 6 : valid & ~(1 << 6)
        let times = (isHostile() ? UInt64.max : UInt64(1_000_000_000), isHostile() ? UInt32.max : 5)
        let body =
            fields32(valid, 0) + fields64(handle, isHostile() ? offset() : UInt64(random.below(100_000)), 0)
            + fields64(times.0, times.0, times.0) + fields32(times.1, times.1, times.1)
            + fields32(mode(), 0, isHostile() ? number() : requester.user, isHostile() ? number() : requester.group, 0)
        return (place, body)
    }

    private mutating func extendedAttributes(_ operation: Operation) -> (UInt64, [UInt8]) {
        let place = node(directory: random.chance(100))
        switch operation {
        case .setxattr:
            let value = data(random.pick([0, 1, 10, 300, 4096]))
            let lies = isHostile()
            if lies { mustFail("the value is shorter than its size") }
            let size = UInt32(value.count) &+ (lies ? random.pick([1, 1 << 16, 1 << 31, .max - 8192]) : 0)
            // With what FUSE_SETXATTR_EXT adds.
            return (place, fields32(size, number(), number(), 0) + text() + value)
        case .removexattr: return (place, text())
        default:
            let size = random.chance(80) ? 0 : length()
            allow(Int(size))
            if size > 1 << 20 { mustFail("more is asked for than any kernel does") }
            return (place, fields32(size, 0) + (operation == .getxattr ? text() : []))
        }
    }

    /// The handle's own node, unless anything may be said.
    private mutating func releasing(_ operation: Operation) -> (UInt64, [UInt8]) {
        let named = handle(directory: operation == .releasedir, exactly: true)
        // The kernel makes nothing of the answer.
        pardon()
        let body = fields64(named) + fields32(openFlags(), number()) + fields64(random.next())
        if anyHandles && isHostile() { return (anyNode(), body) }
        return (known.handles[named]?.node ?? Knowledge.root, body)
    }
}
