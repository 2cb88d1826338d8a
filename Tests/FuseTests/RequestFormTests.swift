import CFuse
import Testing

@testable import Fuse

@Suite("What follows the header of each request") struct RequestFormTests {
    /// The protocol of the kernel, 7.38, in bytes: written down here a second time, since it never changes.
    static let protocolForms: [(fuse_opcode, size: Int, names: Int)] = [
        (FUSE_LOOKUP, 0, 1), (FUSE_FORGET, 8, 0), (FUSE_GETATTR, 16, 0), (FUSE_SETATTR, 88, 0), (FUSE_READLINK, 0, 0),
        (FUSE_SYMLINK, 0, 2), (FUSE_MKNOD, 16, 1), (FUSE_MKDIR, 8, 1), (FUSE_UNLINK, 0, 1), (FUSE_RMDIR, 0, 1),
        (FUSE_RENAME, 8, 2), (FUSE_LINK, 8, 1), (FUSE_OPEN, 8, 0), (FUSE_READ, 40, 0), (FUSE_WRITE, 40, 0),
        (FUSE_STATFS, 0, 0), (FUSE_RELEASE, 24, 0), (FUSE_FSYNC, 16, 0), (FUSE_SETXATTR, 8, 1), (FUSE_GETXATTR, 8, 1),
        (FUSE_LISTXATTR, 8, 0), (FUSE_REMOVEXATTR, 0, 1), (FUSE_FLUSH, 24, 0), (FUSE_INIT, 16, 0), (FUSE_OPENDIR, 8, 0),
        (FUSE_READDIR, 40, 0), (FUSE_RELEASEDIR, 24, 0), (FUSE_FSYNCDIR, 16, 0), (FUSE_GETLK, 48, 0),
        (FUSE_SETLK, 48, 0),
        (FUSE_SETLKW, 48, 0), (FUSE_ACCESS, 8, 0), (FUSE_CREATE, 16, 1), (FUSE_INTERRUPT, 8, 0), (FUSE_BMAP, 16, 0),
        (FUSE_DESTROY, 0, 0), (FUSE_IOCTL, 32, 0), (FUSE_POLL, 24, 0), (FUSE_NOTIFY_REPLY, 0, 0),
        (FUSE_BATCH_FORGET, 8, 0),
        (FUSE_FALLOCATE, 32, 0), (FUSE_READDIRPLUS, 40, 0), (FUSE_RENAME2, 16, 2), (FUSE_LSEEK, 24, 0),
        (FUSE_COPY_FILE_RANGE, 56, 0),
    ]

    @Test("it is what the protocol says", arguments: protocolForms)
    func form(_ operation: fuse_opcode, size: Int, names: Int) {
        let form = RequestForm(operation)
        #expect(form.size == size, "operation \(operation.rawValue)")
        #expect(form.names == names, "operation \(operation.rawValue)")
    }

    @Test("the header has 40 bytes, and an answer's 16")
    func headers() {
        #expect(MemoryLayout<fuse_in_header>.size == 40)
        #expect(MemoryLayout<fuse_out_header>.size == 16)
    }

    @Test("what was sent before a structure grew is what linux/fuse.h says")
    func older() {
        #expect(RequestForm.attributeSize == Int(FUSE_COMPAT_SETXATTR_IN_SIZE))
        #expect(RequestForm.greetingSize == MemoryLayout<fuse_init_in>.offset(of: \.flags)! + 4)
    }

    @Test("whole, a request is taken; cut at any byte, it is refused", arguments: protocolForms)
    func cut(_ operation: fuse_opcode, size: Int, names: Int) {
        let whole = Message(operation, zeroes(size) + (0..<names).flatMap { name("name\($0)") })
        #expect(!whole.isRefused, "operation \(operation.rawValue)")
        for length in 0..<whole.body.count {
            let cut = Message(operation, Array(whole.body.prefix(length)))
            #expect(cut.isRefused, "operation \(operation.rawValue), \(length) of \(whole.body.count) bytes")
        }
    }

    @Test(
        "an operation that nobody knows has no form, and is libfuse's to refuse", arguments: [0, 7, 19, 60, 4096, .max])
    func unknown(_ number: UInt32) {
        let operation = fuse_opcode(rawValue: number)
        #expect(RequestForm(operation).size == 0)
        #expect(!Message(operation).isRefused)
    }
}
