import Fuse
import Glibc
import Linux
import Passthrough
import Seccomp

/// A process that registers files with the kernel on behalf of a file server, which may not do so itself.
///
/// The kernel wants CAP_SYS_ADMIN for it, and that is the power over the whole machine. So it is held apart from the
/// server, which reads what sessions write, by a process that has this capability and no other, an empty root, and system
/// calls for nothing but messages and the two requests of one device. All it ever reads is a letter and a number, or a
/// descriptor; whoever has taken over the server can have it register what the server has open, and that is all.
///
/// What the kernel does with such files it does with this process's credentials. They lack CAP_FSETID, so that set-id bits
/// go whenever a file is written.
struct BackingBroker: ~Copyable {
    private let child: Child

    private static let deadline: Int32 = 30_000

    /// Forks it: call this while there is one thread, and the capability is still there.
    static func start(for device: FileReference) throws(SystemError) -> BackingBroker {
        do {
            let child = try Child.start("backing file broker") { (channel) throws(RunFailure) in
                try explained { () throws(SystemError) in try runBroker(device, channel) }
            }
            _ = try child.report(within: deadline)
            return BackingBroker(child: child)
        } catch { throw SystemError("broker", on: error.message, Errno(EPERM)) }
    }

    /// What the server must keep open to reach it.
    var files: [FileReference] { [child.channel.file] }

    consuming func registrar() -> some BackingRegistrar { BrokerClient(child.channel) }
}

/// The server's side of the channel: one request at a time.
private final class BrokerClient: BackingRegistrar {
    private let channel: Channel
    private let mutex = Mutex()

    init(_ channel: consuming Channel) { self.channel = channel }

    func open(_ file: FileReference) throws(Errno) -> Int32 {
        let answer = try mutex.locked { () throws(Errno) -> Int32 in
            try send(BrokerRequest(number: 0), passing: file)
            var answer: Int32 = 0
            let received = try withUnsafeMutableBytes(of: &answer) { (room) throws(Errno) in
                try channel.file.receive(into: room)
            }
            guard received.count == MemoryLayout<Int32>.size else { throw Errno(EPIPE) }
            return answer
        }
        if answer <= 0 { throw Errno(-answer) }
        return answer
    }

    /// Not waited for. Where the broker is gone, there is nothing that it could give back.
    func close(_ number: Int32) {
        do throws(Errno) { try send(BrokerRequest(number: number), passing: nil) } catch { return }
    }

    private func send(_ request: BrokerRequest, passing file: FileReference?) throws(Errno) {
        var request = request
        try withUnsafeBytes(of: &request) { (bytes) throws(Errno) in
            try channel.file.send(bytes, passing: file)
        }
    }
}

/// What a server asks: with a descriptor, to register it, which is answered with its number or a negative error number;
/// without, to give a number back.
private struct BrokerRequest {
    var number: Int32
}

private func runBroker(_ device: FileReference, _ channel: borrowing Channel) throws(SystemError) {
    try closeAll(but: [device, channel.file])
    try ProcessControl.setNoNewPrivileges()
    try Capabilities.limit(to: .sysAdmin)
    try ProcessControl.setDumpable(false)
    try ProcessControl.setParentDeathSignal(SIGKILL)
    try BrokerFilter.install(requests: BackingFile.requests)
    try channel.send(ChildReport.done([]).encoded())
    let server = channel.file
    do throws(Errno) {
        while try serveOne(device, server) {}
    } catch { throw SystemError("recvmsg", on: "channel", error) }
}

/// False once the server is gone.
private func serveOne(_ device: FileReference, _ server: FileReference) throws(Errno) -> Bool {
    var request = BrokerRequest(number: 0)
    let received = try withUnsafeMutableBytes(of: &request) { (room) throws(Errno) in try server.receive(into: room) }
    guard received.count > 0 else { return false }
    guard let passed = received.passed else {
        // A number that is not there is a mistake of the server's, and harms nobody.
        do throws(Errno) { try BackingFile.close(request.number, on: device) } catch { return true }
        return true
    }
    let file = Descriptor(owning: passed)
    var answer: Int32
    do throws(Errno) { answer = try BackingFile.open(file.file, on: device) } catch { answer = -error.rawValue }
    try withUnsafeBytes(of: &answer) { (bytes) throws(Errno) in try server.send(bytes, passing: nil) }
    return true
}
