import BasicContainers
import CRawCalls
import Fuse
import Glibc
import Linux
import Passthrough

/// The file server in a process of its own, with a socket where it believes /dev/fuse to be.
struct Server {
    let process: pid_t
    let channel: Int32
    private let deadline: Int32

    /// A file of the server can be as large, in bytes: an answer that holds it still fits the socket.
    private static let largestFile: UInt = 160 << 10

    init(_ scratch: Scratch, _ settings: ServerSettings, descriptors: UInt, deadline: Int32) throws {
        self.deadline = deadline
        var ends: [Int32] = [-1, -1]
        try must("socketpair", socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends))
        var room: Int32 = 4 << 20
        for end in ends { try must("setsockopt", setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, 4)) }
        fflush(stdout_stream())
        process = try must("fork", fork())
        if process == 0 {
            close(ends[0])
            Self.serve(ends[1], scratch, settings, descriptors)
        }
        close(ends[1])
        channel = ends[0]
    }

    /// In the child. One descriptor is there that is nobody's handle: the canary, open for reading and writing.
    private static func serve(_ device: Int32, _ scratch: Scratch, _ settings: ServerSettings, _ descriptors: UInt)
        -> Never
    {
        raw_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, 0)
        var size = rlimit(rlim_cur: largestFile, rlim_max: largestFile)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &size)
        var count = rlimit(rlim_cur: descriptors, rlim_max: descriptors)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &count)
        guard open(scratch.canary + "/held", O_RDWR | O_CLOEXEC) >= 0 else { _exit(4) }
        let source = open(scratch.source, O_PATH | O_DIRECTORY | O_CLOEXEC)
        let own = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC)
        guard source >= 0, own >= 0 else { _exit(5) }
        do {
            var devices = UniqueArray<Descriptor>()
            devices.append(Descriptor(owning: device))
            // Each request is described as for a trace, too: what is wrong with it must not lead that astray.
            let observer = Observer(request: { _ in }, statistics: { _ in })
            try Passthrough.serve(
                devices: devices, source: Descriptor(owning: source), processDescriptors: Descriptor(owning: own),
                settings: settings, observer: observer, ready: { _ in })
        } catch {
            print("hostile-kernel: the server does not start: \(error)")
            fflush(stdout_stream())
            _exit(3)
        }
        _exit(0)
    }

    func send(_ bytes: [UInt8]) throws {
        let count = bytes.withUnsafeBytes {
            Glibc.send(channel, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count != bytes.count { throw Failure("the server takes no request any more: \(try fate())") }
    }

    /// The next answer.
    func receive(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        var event = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
        let ready = try must("poll", poll(&event, 1, deadline * 1000))
        if ready == 0 { throw Failure("no answer within \(deadline) s") }
        let count = recv(channel, room.baseAddress, room.count, Int32(MSG_TRUNC))
        if count <= 0 { throw Failure("the server has gone: \(try fate())") }
        return count
    }

    /// True if something has come that was not asked for.
    var hasMore: Bool {
        var event = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
        return poll(&event, 1, 0) > 0
    }

    /// Ends the session as an unmount does, or by a signal: the server must end well.
    func end(by signal: Int32?) throws {
        if let signal { Glibc.kill(process, signal) } else { shutdown(channel, Int32(SHUT_RDWR)) }
        let words = try fate()
        close(channel)
        if words != "ended with 0" { throw Failure("at its end the server \(words)") }
    }

    /// How the server ended, if it does within the deadline.
    private func fate() throws -> String {
        var status: Int32 = 0
        for _ in 0..<deadline * 1000 {
            if try must("waitpid", waitpid(process, &status, WNOHANG)) == process {
                return raw_exited(status) != 0
                    ? "ended with \(raw_exit_status(status))" : "killed by signal \(raw_signal(status))"
            }
            usleep(1000)
        }
        return "is still there"
    }

    func kill() {
        Glibc.kill(process, SIGKILL)
        waitpid(process, nil, 0)
        close(channel)
    }
}
