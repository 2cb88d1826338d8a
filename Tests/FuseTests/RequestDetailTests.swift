import CFuse
import Glibc
import Testing

@testable import Fuse

@Suite("A request is told by its names") struct RequestDetailTests {
    private func arguments(_ operation: fuse_opcode, _ body: [UInt8]) -> [Detail] {
        Message(operation, body).read { argumentsOf(operation, RequestBody($0)) }
    }

    @Test("open's flags have names; bits without one are not lost")
    func openFlags() {
        let flags = UInt32(O_WRONLY | O_APPEND | O_SYNC) | 0o100000 | 1 << 30
        #expect(
            arguments(FUSE_OPEN, numbers(flags, 0))
                == [Detail("flags", .names(["O_WRONLY", "O_APPEND", "O_SYNC", "0x40000000"]))])
        let kills = arguments(FUSE_OPEN, numbers(0 as UInt32, UInt32(FUSE_OPEN_KILL_SUIDGID)))
        #expect(kills == [Detail("flags", .names(["O_RDONLY"])), Detail("kill_suidgid", .flag(true))])
    }

    @Test("setattr tells what is to be set, and nothing else")
    func changes() {
        var change = fuse_setattr_in()
        change.valid = UInt32(FATTR_MODE | FATTR_SIZE | FATTR_ATIME | FATTR_ATIME_NOW | FATTR_MTIME)
        (change.mode, change.size, change.uid) = (0o100640, 7, 42)
        (change.mtime, change.mtimensec) = (12, 5)
        let body = withUnsafeBytes(of: change) { Array($0) }
        #expect(
            arguments(FUSE_SETATTR, body) == [
                Detail("mode", .octal(0o100640)), Detail("size", .number(7)), Detail("atime", .word("now")),
                Detail("mtime", .word("12.000000005")),
            ])
    }

    @Test("rename2's flags, write's place, a link's target, an attribute's name")
    func others() {
        let rename = numbers(1 as UInt64) + numbers(UInt32(2), 0) + name("a") + name("b")
        #expect(arguments(FUSE_RENAME2, rename) == [Detail("flags", .names(["RENAME_EXCHANGE"]))])
        let write =
            numbers(9 as UInt64, 4096) + numbers(3 as UInt32, 1) + numbers(0 as UInt64) + numbers(0 as UInt32, 0)
        #expect(
            arguments(FUSE_WRITE, write + [1, 2, 3]) == [
                Detail("handle", .number(9)), Detail("offset", .number(4096)), Detail("size", .number(3)),
                Detail("how", .names(["cache"])),
            ])
        #expect(arguments(FUSE_SYMLINK, name("l") + name("to")) == [Detail("target", .bytes(Array("to".utf8)))])
        let attribute = numbers(2 as UInt32, 1) + name("user.a") + [1, 2]
        #expect(
            arguments(FUSE_SETXATTR, attribute) == [
                Detail("name", .bytes(Array("user.a".utf8))), Detail("size", .number(2)),
                Detail("flags", .names(["XATTR_CREATE"])),
            ])
    }

    @Test("a greeting of an old kernel, shorter than today's, is told with what it has")
    func oldKernel() {
        let told = arguments(FUSE_INIT, numbers(7 as UInt32, 26, 131072, 1 | 1 << 28))
        #expect(told.first == Detail("kernel", .word("7.26")))
        #expect(told.last == Detail("offered", .names(["async_read", "handle_killpriv_v2"])))
    }

    @Test("every flag of this kernel's header has a name", arguments: [0, 15, 28, 33, 35, 37, 41])
    func capabilityNames(_ bit: UInt64) {
        guard case .names(let names) = FlagNames.capabilities(UInt64(1) << bit) else { return }
        let known: [UInt64: String] = [
            0: "async_read", 15: "async_dio", 28: "handle_killpriv_v2", 33: "has_inode_dax", 35: "has_expire_only",
            37: "passthrough", 41: "over_io_uring",
        ]
        #expect(names == [known[bit]])
    }

    @Test("an operation that is not known has its number")
    func unknown() {
        #expect(operationName(17) == "statfs" && operationName(60) == "opcode_60")
        #expect(arguments(fuse_opcode(rawValue: 60), zeroes(9)).isEmpty)
    }
}
