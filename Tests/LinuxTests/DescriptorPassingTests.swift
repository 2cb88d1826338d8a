import Glibc
import Linux
import Testing

@Suite("Messages that carry a descriptor") struct DescriptorPassingTests {
    private func withChannel(_ body: (FileReference, FileReference) throws -> Void) throws {
        let pair = try Channel.pair()
        try body(pair.near.file, pair.far.file)
        withExtendedLifetime(pair) {}
    }

    private func receive(_ file: FileReference) throws -> (text: String, passed: Int32?) {
        var room = [UInt8](repeating: 0, count: 8)
        let received = try room.withUnsafeMutableBytes { try file.receive(into: $0) }
        return (String(decoding: room[..<received.count], as: UTF8.self), received.passed)
    }

    private func identity(_ number: Int32) -> [UInt] {
        var answer = stat()
        return fstat(number, &answer) == 0 ? [answer.st_dev, answer.st_ino] : []
    }

    @Test("one descriptor arrives, closed on exec, and so does none")
    func one() throws {
        try withChannel { near, far in
            try [UInt8]("text".utf8).withUnsafeBytes { try near.send($0, passing: far) }
            let (text, passed) = try receive(far)
            let number = try #require(passed)
            #expect(text == "text" && number != far.number && identity(number) == identity(far.number))
            #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
            close(number)
            try [UInt8]("more".utf8).withUnsafeBytes { try near.send($0, passing: nil) }
            let second = try receive(far)
            #expect(second.text == "more" && second.passed == nil)
        }
    }

    @Test("two descriptors, or a message that is too long, are refused, and nothing is kept of them")
    func tooMuch() throws {
        try withChannel { near, far in
            var pipe: (Int32, Int32) = (-1, -1)
            let made = withUnsafeMutableBytes(of: &pipe) {
                pipe2($0.bindMemory(to: Int32.self).baseAddress!, O_CLOEXEC)
            }
            #expect(made == 0)
            defer { close(pipe.0) }
            #expect(sendTwice(pipe.1, to: near.number) == 1)
            #expect(throws: Errno(EBADMSG)) { try receive(far) }
            try [UInt8](repeating: 65, count: 9).withUnsafeBytes { try near.send($0, passing: FileReference(pipe.1)) }
            #expect(throws: Errno(EBADMSG)) { try receive(far) }
            close(pipe.1)
            // Nobody can write any more: this was the last descriptor for it.
            var end = pollfd(fd: pipe.0, events: 0, revents: 0)
            #expect(poll(&end, 1, 0) == 1 && end.revents == Int16(POLLHUP))
        }
    }

    /// sendmsg(2) of one byte with two copies of a descriptor.
    private func sendTwice(_ descriptor: Int32, to socket: Int32) -> Int {
        var header = cmsghdr()
        header.cmsg_len = MemoryLayout<cmsghdr>.size + 8
        header.cmsg_level = SOL_SOCKET
        header.cmsg_type = 1  // SCM_RIGHTS
        var control = withUnsafeBytes(of: header) { Array($0) }
        for _ in 0..<2 { control += withUnsafeBytes(of: descriptor) { Array($0) } }
        var byte: UInt8 = 0
        return withUnsafeMutablePointer(to: &byte) { byte in
            var part = iovec(iov_base: byte, iov_len: 1)
            return withUnsafeMutablePointer(to: &part) { part in
                control.withUnsafeMutableBytes { control in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return sendmsg(socket, &message, 0)
                }
            }
        }
    }
}
