/// The kernel's first request on a FUSE mount, as far as doctor reads it: fuse(4), linux/fuse.h.
struct FuseInit: Hashable, Sendable {
    var major: UInt32
    var minor: UInt32
    /// FUSE_INIT_EXT and what follows in `flags2` included.
    var flags: UInt64

    /// FUSE_HAS_RESEND, Linux 6.9: a server's successor can have the unanswered requests again.
    var canResend: Bool { flags & (1 << 39) != 0 }
    /// FUSE_ALLOW_IDMAP, Linux 6.12: a FUSE mount can be mapped to other ids.
    var canMapIdentities: Bool { flags & (1 << 40) != 0 }
    /// FUSE_OVER_IO_URING, Linux 6.14.
    var canUseRings: Bool { flags & (1 << 41) != 0 }

    init(major: UInt32, minor: UInt32, flags: UInt64) {
        self.major = major
        self.minor = minor
        self.flags = flags
    }

    /// Decodes the whole message: struct fuse_in_header of 40 bytes, then struct fuse_init_in; nil where it is another.
    init?(decoding message: [UInt8]) {
        func word(_ offset: Int) -> UInt32 {
            message[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        let initialization: UInt32 = 26
        guard message.count >= 56, word(0) == message.count, word(4) == initialization else { return nil }
        let low = UInt64(word(52))
        let isExtended = low & (1 << 30) != 0 && message.count >= 60
        self.init(major: word(40), minor: word(44), flags: low | (isExtended ? UInt64(word(56)) << 32 : 0))
    }

    /// How it travels between processes.
    var text: String { "\(major) \(minor) \(flags)" }

    init?(text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 3, let major = UInt32(fields[0]), let minor = UInt32(fields[1]),
            let flags = UInt64(fields[2])
        else { return nil }
        self.init(major: major, minor: minor, flags: flags)
    }
}
