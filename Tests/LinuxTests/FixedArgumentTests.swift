import Glibc
import Linux
import Testing

/// What openat2(2) and fchownat(2) do with arguments that stay what they are.
@Suite struct FixedArgumentsTests {
    private func withDirectory(_ body: (FileReference, String) throws -> Void) throws {
        var template = Array("/tmp/berth-fixed-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { for name in ["/inner/file", "/inner/up", "/inner/passwd", "/inner", ""] { remove(path + name) } }
        mkdir(path + "/inner", 0o700)
        close(open(path + "/inner/file", O_CREAT | O_WRONLY, 0o600))
        symlink("..", path + "/inner/up")
        symlink("/etc/passwd", path + "/inner/passwd")
        let inner = try FileReference.workingDirectory.open(path + "/inner", [.pathOnly, .directory])
        try body(inner.file, path)
    }

    private func answer(_ body: () throws(Errno) -> Void) -> Int32 {
        do throws(Errno) { try body() } catch { return error.rawValue }
        return 0
    }

    @Test func openWhatIsBelow() throws {
        let calls = TreeCalls(try FixedArguments.inPlace(beneath: true))
        try withDirectory { inner, path in
            let above = try FileReference.workingDirectory.open(path, [.directory])
            let listed = try calls.openDirectory("inner", in: above.file)
            let file = try calls.openEntry("file", in: listed.file)
            let status = try EntryStatus.of(file.file)
            #expect(status.isRegular)
            try calls.changeOwner(of: file.file, user: geteuid(), group: getegid())
            // A link is opened itself.
            let link = try calls.openEntry("passwd", in: listed.file)
            let linkStatus = try EntryStatus.of(link.file)
            #expect(linkStatus.kind == .symbolicLink)
        }
    }

    @Test func openNothingElse() throws {
        let calls = TreeCalls(try FixedArguments.inPlace(beneath: true))
        try withDirectory { inner, _ in
            for (name, error) in [
                ("..", EXDEV), ("/", EXDEV), ("/etc/passwd", EXDEV), ("../inner/file", EXDEV), ("up/inner", ELOOP),
                ("./../..", EXDEV),
            ] {
                #expect(answer { () throws(Errno) in _ = try calls.openEntry(name, in: inner) } == error, "\(name)")
                #expect(answer { () throws(Errno) in _ = try calls.openDirectory(name, in: inner) } == error, "\(name)")
            }
            #expect(answer { () throws(Errno) in _ = try calls.openDirectory("file", in: inner) } == ENOTDIR)
            #expect(answer { () throws(Errno) in _ = try calls.openDirectory("up", in: inner) } != 0)
        }
        let root = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
        // Another mount.
        #expect(answer { () throws(Errno) in _ = try calls.openEntry("proc/self", in: root.file) } == EXDEV)
    }

    @Test func canBeReadAndNotWritten() throws {
        let arguments = try FixedArguments.inPlace(beneath: true)
        // The kernel writes for nobody who may not: pread(2) into the page.
        let file = try FileReference.workingDirectory.open("/proc/self/cmdline", .readOnly)
        let room = UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: arguments.entry), count: 8)
        #expect(answer { () throws(Errno) in _ = try file.read(into: room, at: 0) } == EFAULT)
    }
}
