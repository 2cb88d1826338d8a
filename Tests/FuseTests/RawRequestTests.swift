import CFuse
import Testing

@testable import Fuse

@Suite("A request is not taken at its word") struct RawRequestTests {
    @Test("the header's length must be the truth", arguments: [0, 39, 40, 47, 49, 1 << 20, 0xffff_ffff])
    func length(_ claimed: Int) {
        #expect(!Message(FUSE_OPEN, zeroes(8)).isRefused)
        #expect(Message(FUSE_OPEN, zeroes(8), claiming: claimed).isRefused)
    }

    @Test("less than a header is refused, and has nobody to be answered", arguments: 0..<40)
    func noHeader(_ count: Int) {
        #expect(Message(FUSE_STATFS).read(first: count) { $0.fault != nil && $0.unique == nil })
    }

    @Test("a name without its end is refused")
    func names() {
        #expect(Message(FUSE_LOOKUP, Array("name".utf8)).isRefused)
        #expect(Message(FUSE_RENAME, zeroes(8) + name("one") + Array("two".utf8)).isRefused)
        #expect(!Message(FUSE_RENAME, zeroes(8) + name("one") + name("two")).isRefused)
        // Two names, both empty: whether a name is one of an entry is the file system's to say.
        #expect(!Message(FUSE_SYMLINK, zeroes(2)).isRefused)
    }

    @Test("a write holds what it counts", arguments: [0, 1, 100], [0, 1, 99, 100, 101, 0x7fff_ffff, 0xffff_ffff])
    func write(_ sent: Int, _ counted: UInt32) {
        let body = numbers(1 as UInt64, 0) + numbers(counted, 0) + zeroes(16) + zeroes(sent)
        #expect(Message(FUSE_WRITE, body).isRefused == (Int(counted) > sent))
    }

    @Test("an extended attribute holds what it counts", arguments: [0, 5], [0, 4, 5, 6, 0xffff_ffff])
    func attribute(_ sent: Int, _ counted: UInt32) {
        let body = numbers(counted, 0) + name("user.a") + zeroes(sent)
        #expect(Message(FUSE_SETXATTR, body).isRefused == (Int(counted) > sent))
    }

    @Test("what a newer kernel adds to it is taken out, and the rest stays as it was")
    func attributeExtension() {
        let body = name("user.a") + [1, 2, 3]
        var long = Message(FUSE_SETXATTR, numbers(3 as UInt32, 2, 1, 0) + body).bytes
        let cut = long.withUnsafeMutableBytes { cutAttributeExtension($0) }
        #expect(cut == (58, 1))
        #expect(Array(long[..<cut.size]) == Message(FUSE_SETXATTR, numbers(3 as UInt32, 2) + body).bytes)
    }

    @Test("a message too short for what is added is refused", arguments: [0, 8, 15])
    func noAttributeExtension(_ size: Int) {
        var short = Message(FUSE_SETXATTR, zeroes(8) + name("user.a")).bytes
        short.removeLast(15 - size)
        let cut = short.withUnsafeMutableBytes { cutAttributeExtension($0) }
        let isRefused = short.prefix(cut.size).withUnsafeBytes { RawRequest($0).fault != nil }
        #expect(isRefused && cut.flags == 0)
    }

    @Test("so many nodes are forgotten as are there", arguments: [0, 1, 3], [0, 1, 3, 4, 1 << 28, 0xffff_ffff])
    func batch(_ sent: Int, _ counted: UInt32) {
        let body = numbers(counted, 0) + zeroes(16 * sent)
        #expect(Message(FUSE_BATCH_FORGET, body).isRefused == (Int(counted) > sent))
    }

    @Test("a lock is one that fcntl(2) knows", arguments: [FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW])
    func lock(_ operation: fuse_opcode) {
        func isRefused(_ start: UInt64, _ end: UInt64, _ type: UInt32) -> Bool {
            Message(operation, numbers(3 as UInt64, 5, start, end) + numbers(type, 9, 0, 0)).isRefused
        }
        let last = UInt64(Int64.max)
        for type in UInt32(0)...2 { #expect(!isRefused(0, last, type) && !isRefused(7, 7, type)) }
        for type: UInt32 in [3, 1 << 31, .max] { #expect(isRefused(0, last, type)) }
        for (start, end) in [(8, 7), (0, last + 1), (0, .max), (last + 1, .max), (.max, 0)] as [(UInt64, UInt64)] {
            #expect(isRefused(start, end, 1), "\(start) to \(end)")
        }
    }

    @Test("which request is interrupted is said by FUSE_INTERRUPT alone")
    func interrupted() {
        #expect(Message(FUSE_INTERRUPT, numbers(9 as UInt64)).read { $0.interrupted } == 9)
        #expect(Message(FUSE_FORGET, numbers(9 as UInt64)).read { $0.interrupted == nil })
    }

    @Test("ioctl holds what it counts", arguments: [0, 8], [0, 8, 9, 0xffff_ffff])
    func control(_ sent: Int, _ counted: UInt32) {
        let body = zeroes(24) + numbers(counted, 0) + zeroes(sent)
        #expect(Message(FUSE_IOCTL, body).isRefused == (Int(counted) > sent))
    }

    @Test(
        "more than a kernel asks for is refused, and no room taken for it",
        arguments: [FUSE_READ, FUSE_READDIR, FUSE_READDIRPLUS, FUSE_GETXATTR, FUSE_LISTXATTR])
    func room(_ operation: fuse_opcode) {
        let isRead = RequestForm(operation).size == 40
        for (size, isRefused) in [(0, false), (65536, false), (1 << 20, false), (1 << 20 + 1, true), (.max, true)]
            as [(UInt32, Bool)]
        {
            let ahead = isRead ? zeroes(16) : []
            let body = ahead + numbers(size, 0) + (isRead ? zeroes(16) : name("user.a"))
            #expect(Message(operation, body).isRefused == isRefused, "\(operation.rawValue): \(size)")
        }
    }

    @Test("a greeting has the flags, and what they announce")
    func greeting() {
        let flags = UInt32(FUSE_HANDLE_KILLPRIV_V2)
        let old = Message(FUSE_INIT, numbers(7, 33, 0, flags))
        #expect(!old.isRefused && old.read { $0.kernelFlags } == flags)
        let more = flags | UInt32(FUSE_INIT_EXT)
        #expect(Message(FUSE_INIT, numbers(7, 38, 0, more)).isRefused)
        let new = Message(FUSE_INIT, numbers(7, 38, 0, more) + zeroes(48))
        #expect(!new.isRefused && new.read { $0.kernelFlags } == more)
        #expect(Message(FUSE_OPEN, numbers(7, 38, 0, flags)).read { $0.kernelFlags } == 0)
    }

    @Test(
        "nobody waits for an answer to these",
        arguments: [FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_INTERRUPT, FUSE_NOTIFY_REPLY])
    func silent(_ operation: fuse_opcode) {
        #expect(Message(operation).read { $0.unique == nil })
        #expect(Message(FUSE_LOOKUP).read { $0.unique == 7 })
    }

    @Test("who may not keep set-id bits is known by the request")
    func setID() {
        func clears(_ operation: fuse_opcode, _ body: [UInt8]) -> Bool {
            Message(operation, body).read { $0.clearsSetID }
        }
        for kill in [true, false] {
            func flag(_ value: Int32) -> UInt32 { kill ? UInt32(value) : 0 }
            #expect(clears(FUSE_WRITE, zeroes(20) + numbers(flag(FUSE_WRITE_KILL_SUIDGID)) + zeroes(16)) == kill)
            #expect(clears(FUSE_OPEN, zeroes(4) + numbers(flag(FUSE_OPEN_KILL_SUIDGID))) == kill)
            #expect(clears(FUSE_CREATE, zeroes(12) + numbers(flag(FUSE_OPEN_KILL_SUIDGID)) + name("a")) == kill)
            #expect(clears(FUSE_SETATTR, numbers(flag(FATTR_KILL_SUIDGID)) + zeroes(84)) == kill)
        }
        #expect(!clears(FUSE_READ, [UInt8](repeating: 0xff, count: 40)))
    }
}
