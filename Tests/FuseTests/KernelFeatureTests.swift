import CFuse
import Glibc
import Linux
import Testing

@testable import Fuse

@Suite("Features of newer kernels") struct KernelFeatureTests {
    private let all = UInt64(FUSE_HANDLE_KILLPRIV_V2) | FUSE_PASSTHROUGH | FUSE_ALLOW_IDMAP | FUSE_OVER_IO_URING

    private var wishes: KernelWishes {
        var wishes = KernelWishes()
        wishes.passthroughDepth = 2
        wishes.idMappedMounts = true
        return wishes
    }

    /// The answer to FUSE_INIT after it was completed: its two words of flags, and the one after them.
    private func greeting(_ wishes: KernelWishes, kernel: UInt64) -> [UInt32] {
        var answer = fuse_init_out()
        answer.flags = 1
        let features = KernelFeatures(wishes, kernel: kernel)
        return withUnsafeMutablePointer(to: &answer) { answer in
            let size = MemoryLayout<fuse_init_out>.size
            Greeting(wishes, features, offered: kernel).complete(iovec(iov_base: answer, iov_len: size))
            let further = UnsafeRawPointer(answer).load(
                fromByteOffset: MemoryLayout<fuse_init_out>.offset(of: \.flags2)! + 4, as: UInt32.self)
            return [answer.pointee.flags, answer.pointee.flags2, further]
        }
    }

    @Test("what is wanted and offered is asked for, with the depth of stacking")
    func asked() {
        let flags = 1 | UInt32(FUSE_HANDLE_KILLPRIV_V2) | UInt32(FUSE_INIT_EXT)
        #expect(greeting(wishes, kernel: all) == [flags, 1 << 5 | 1 << 8, 2])
    }

    @Test("what is not offered, or not wanted, is not asked for")
    func notAsked() {
        #expect(greeting(wishes, kernel: 0) == [1, 0, 0])
        #expect(greeting(KernelWishes(), kernel: all) == [1 | UInt32(FUSE_HANDLE_KILLPRIV_V2), 0, 0])
    }

    @Test("lookups in one directory go on side by side where the kernel can do that")
    func sideBySide() {
        let flag = UInt64(FUSE_PARALLEL_DIROPS)
        #expect(greeting(KernelWishes(), kernel: flag) == [1 | UInt32(flag), 0, 0])
    }

    @Test("each feature is told with what has become of it")
    func told() {
        let wanted = KernelFeatures(wishes, kernel: all).all.map { "\($0.name): \($0)" }
        #expect(wanted.prefix(3) == ["killpriv_v2: used", "passthrough: used", "idmap: used"])
        #expect(wanted[3].hasPrefix("io_uring: not used: libfuse"))
        let unwanted = KernelFeatures(KernelWishes(), kernel: all)
        #expect(
            [unwanted.passthrough, unwanted.idMappedMounts].map(\.description) == ["not asked for", "not asked for"])
        let old = KernelFeatures(wishes, kernel: 0).all.map(\.description)
        #expect(old == [String](repeating: "not offered by the kernel", count: 4))
        #expect(KernelFeature("passthrough", .refused(Errno(EPERM))).description == "refused: Operation not permitted")
    }

    @Test("a backing file is named in the last bytes of an answer, and nothing is kept of its data")
    func backing() {
        var answer = [UInt8](repeating: 0, count: MemoryLayout<fuse_entry_out>.size + 16)
        let flags = answer.count - 8
        answer[flags] = UInt8(FOPEN_KEEP_CACHE | FOPEN_NOFLUSH)
        let before = answer
        answer.withUnsafeMutableBytes { nameBacking(0, in: iovec(iov_base: $0.baseAddress, iov_len: $0.count)) }
        #expect(answer == before)
        answer.withUnsafeMutableBytes { nameBacking(0x1234, in: iovec(iov_base: $0.baseAddress, iov_len: $0.count)) }
        #expect(Array(answer[flags...]) == [UInt8(FOPEN_PASSTHROUGH | FOPEN_NOFLUSH), 0, 0, 0, 0x34, 0x12, 0, 0])
        #expect(answer[..<flags].allSatisfy { $0 == 0 })
    }
}
