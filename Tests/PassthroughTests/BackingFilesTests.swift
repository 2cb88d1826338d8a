import Fuse
import Glibc
import Linux
import Testing

@testable import Passthrough

/// Counts what is registered, and refuses on request.
private final class Register: BackingRegistrar, @unchecked Sendable {
    // Sendable: the tests use it from one thread.
    var open: Set<Int32> = []
    var refusal: Errno?
    private var last: Int32 = 0

    func open(_ file: FileReference) throws(Errno) -> Int32 {
        if let refusal { throw refusal }
        last += 1
        open.insert(last)
        return last
    }

    func close(_ number: Int32) { open.remove(number) }
}

@Suite("Backing files") struct BackingFilesTests {
    private let register = Register()
    private let file = FileReference(0)

    private func files(started: Bool = true) -> BackingFiles {
        let files = BackingFiles(register)
        if started { files.start() }
        return files
    }

    @Test("all that have a file open share one, until the last closes it")
    func shared() {
        let files = files()
        let first = files.open(7, file, suits: true, changes: false)
        #expect(first > 0 && files.open(7, file, suits: false, changes: false) == first)
        #expect(files.open(8, file, suits: true, changes: false) != first)
        files.close(7)
        #expect(register.open.contains(first))
        files.close(7)
        #expect(register.open.count == 1 && !register.open.contains(first))
    }

    @Test("what the server reads and writes it goes on to, as long as anybody has it open")
    func ordinary() {
        let files = files()
        #expect(files.open(7, file, suits: false, changes: true) == 0)
        #expect(files.open(7, file, suits: true, changes: true) == 0)
        #expect(!files.mayChange(7))
        files.close(7)
        files.close(7)
        #expect(files.open(7, file, suits: true, changes: true) > 0)
        #expect(files.mayChange(7))
    }

    @Test("a file may change behind the server from its first open for writing to its last close")
    func changes() {
        let files = files()
        _ = files.open(7, file, suits: true, changes: false)
        #expect(!files.mayChange(7))
        _ = files.open(7, file, suits: true, changes: true)
        files.close(7)
        #expect(files.mayChange(7))
        files.close(7)
        #expect(!files.mayChange(7))
    }

    @Test("where the kernel refuses, the server reads and writes")
    func refused() {
        let files = files()
        register.refusal = Errno(ELOOP)
        #expect(files.open(7, file, suits: true, changes: true) == 0)
        #expect(files.refusal(tryingWith: file) == nil)
        register.refusal = Errno(EPERM)
        #expect(files.refusal(tryingWith: file) == Errno(EPERM))
    }

    @Test("before the kernel has agreed, and for a file that was never opened, nothing is registered")
    func nothing() {
        let files = files(started: false)
        #expect(files.open(7, file, suits: true, changes: true) == 0 && register.open.isEmpty)
        files.close(7)
        files.close(9)
        #expect(register.open.isEmpty)
    }
}
