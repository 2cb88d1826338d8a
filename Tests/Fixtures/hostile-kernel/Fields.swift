/// The fields of a request, each sane or hostile.
extension Author {
    /// The name of an entry with its NUL byte.
    mutating func name() -> [UInt8] {
        if !isHostile() { return Array(random.pick(saneNames).utf8) + [0] }
        switch random.below(8) {
        case 0:
            mustFail("the name has no end")
            return Array("endless".utf8)
        case 1: return Array("inner".utf8) + [0] + Array("../canary".utf8) + [0]
        case 2: return [0xff, 0xfe, 0xc3, 0x28, 0x80] + [0]
        case 3: return [UInt8](repeating: 0x6e, count: 255) + [0]
        case 4:
            mustFail("the name is too long")
            return [UInt8](repeating: 0x6e, count: random.pick([256, 257, 4095, 4096, 5000])) + [0]
        default:
            mustFail("the name is none of an entry")
            return Array(random.pick(badNames).utf8) + [0]
        }
    }

    /// Bytes that are no entry's name, but a link's content or the like.
    mutating func text() -> [UInt8] {
        Array(random.pick(saneNames + badNames + ["user.a", "user.b", "trusted.x", "system.posix_acl_access"]).utf8) + [
            0
        ]
    }

    /// A node that must be known for the operation to work.
    mutating func node(directory: Bool) -> UInt64 {
        if isHostile() {
            if !bursts, !known.forgotten.isEmpty, random.chance(80) {
                mustFail("the node was forgotten")
                return random.pick(known.forgotten)
            }
            let number = random.pick(strangeNodes(from: random.pick(known.nodes.keys + [Knowledge.root])))
            // Another one may have come about meanwhile, or live on as the parent of one that is known.
            let isFar = number == 0 || number >> 48 != 0 || number & 0xffff_ffff > 1 << 24
            if isFar { mustFail("the node was never given") }
            return number
        }
        for _ in 0..<8 where known.nodes.count > 0 {
            let number = random.pick(known.nodes.keys)
            if known.nodes[number]!.isDirectory == directory { return number }
        }
        return Knowledge.root
    }

    /// A node for an operation that goes by the handle.
    mutating func anyNode() -> UInt64 {
        isHostile() || known.nodes.count == 0 ? random.pick(strangeNodes(from: 1)) : random.pick(known.nodes.keys)
    }

    private func strangeNodes(from number: UInt64) -> [UInt64] {
        [
            0, 1, number | 1 << 63, number | 1 << 32, number + 1 << 32, number ^ 1 << 31, 0xffff_ffff, 0x8000_0000,
            0x07ff_ffff, 1 << 32, .max, .max - 1, number &+ 1,
        ]
    }

    /// A handle of the kind, or of the other, unless it must be that kind; hostile: one that was never given, or not any
    /// more.
    mutating func handle(directory: Bool, exactly: Bool = false) -> UInt64 {
        if opensNothing { return isHostile() ? random.pick([1, 3, 5, .max]) : 0 }
        if anyHandles && isHostile() { return strangeHandle() }
        let other = !exactly && isHostile()
        for _ in 0..<8 where known.handles.count > 0 {
            let number = random.pick(known.handles.keys)
            if known.handles[number]!.isDirectory == directory || other { return number }
        }
        // At least a number that cannot be anybody's descriptor.
        mustFail("the handle is none that is open")
        return 1 << 30
    }

    private mutating func strangeHandle() -> UInt64 {
        let given = known.handles.keys.first ?? 0
        let strange = known.own + [.max, 0xffff_ffff, 0xffff_ff9c, given | 1 << 32, given | 1 << 63, 1 << 31, 1 << 20]
        // One that may be given out again at this moment could not be told from one that is open.
        let number = random.pick(bursts ? strange : strange + known.closed + [0, 1, 2, 65535])
        if known.handles[number] == nil && !bursts { mustFail("the handle is none that is open") }
        return number
    }

    /// A length in bytes.
    mutating func length() -> UInt32 { isHostile() ? random.pick(strangeLengths) : random.pick(usualLengths) }

    mutating func offset() -> UInt64 { isHostile() ? random.pick(strangeOffsets) : random.pick(usualOffsets) }

    mutating func number() -> UInt32 { isHostile() ? UInt32(truncatingIfNeeded: random.next()) : 0 }

    mutating func mode() -> UInt32 {
        isHostile() ? UInt32(truncatingIfNeeded: random.next()) : random.pick(usualModes)
    }

    mutating func openFlags() -> UInt32 {
        isHostile() ? UInt32(truncatingIfNeeded: random.next()) : random.pick(usualOpenFlags)
    }

    mutating func data(_ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: count)
    }
}

private let usualLengths: [UInt32] = [16, 100, 512, 4096, 4097, 65536, 131_072]
private let strangeLengths: [UInt32] = [
    0, 1, 23, 24, 1 << 20, (1 << 20) + 1, 1 << 31, 0x7fff_ffff, 0xffff_ffff, 0xffff_fffe,
]

private let usualOffsets: [UInt64] = [0, 0, 0, 1, 100, 4096, 70_000]
private let strangeOffsets: [UInt64] = [
    1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, .max - 1, 0x7fff_ffff_ffff_ffff, 0x7fff_ffff_ffff_f000,
]

private let usualModes: [UInt32] = [0o700, 0o755, 0o740]
/// O_RDONLY, O_WRONLY, O_RDWR, and with O_APPEND, O_TRUNC, O_CREAT, O_EXCL.
private let usualOpenFlags: [UInt32] = [0, 1, 2, 2, 2, 0o2001, 0o1002, 0o102, 0o302]

private let saneNames = [
    "a", "b", "c", "d", "e", "f", "g", "h", "file", "directory", "inner", "link", "fifo", "absolute", "up", "empty",
    "a rather longer name than the others, so that blocks of several sizes are needed", ".hidden", "...", "..x",
    "\u{e9}",
]

private let badNames = [
    "", ".", "..", "/", "//", "../", "../canary", "../canary/held", "directory/inner", "directory/../../canary",
    "./file",
    "/etc/passwd", "file/", "/proc/self/fd/3", "..//..", "../../../../../../etc/passwd",
]
