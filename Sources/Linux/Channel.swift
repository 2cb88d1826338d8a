import CLinux
import Glibc

/// One end of a socket pair between two processes; each message arrives whole, unix(7) SOCK_SEQPACKET.
package struct Channel: ~Copyable, Sendable {
    private let descriptor: Descriptor

    private init(_ number: Int32) { descriptor = Descriptor(owning: number) }

    /// socketpair(2), close-on-exec: the first end and the second.
    package static func pair() throws(SystemError) -> ChannelPair {
        var numbers: (Int32, Int32) = (-1, -1)
        try attempt("socketpair") {
            withUnsafeMutableBytes(of: &numbers) {
                socketpair(
                    AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0,
                    $0.bindMemory(to: Int32.self).baseAddress!)
            }
        }
        return ChannelPair(near: Channel(numbers.0), far: Channel(numbers.1))
    }

    package var file: FileReference { descriptor.file }

    /// Sends one message of at most 64 KiB; EPIPE where the other end is gone.
    package func send(_ message: [UInt8]) throws(SystemError) { try descriptor.send(message) }

    /// The next message; nil once the other end is gone. ETIMEDOUT after `milliseconds` without one (nil: waits on).
    package func receive(within milliseconds: Int32?) throws(SystemError) -> [UInt8]? {
        var poller = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let ready = try attempt("poll", on: "channel") { poll(&poller, 1, milliseconds ?? -1) }
        if ready == 0 { throw SystemError("poll", on: "channel", Errno(ETIMEDOUT)) }
        do throws(SystemError) {
            // Most messages are a letter, and room for the longest is sixteen page faults.
            let length = try attempt("recv", on: "channel") {
                recv(descriptor.number, nil, 0, Int32(MSG_PEEK | MSG_TRUNC))
            }
            var message = [UInt8](repeating: 0, count: length)
            let received = try attempt("recv", on: "channel") { recv(descriptor.number, &message, length, 0) }
            return received == 0 ? nil : message
        } catch {
            // A peer that died with a message unread of ours.
            if error.reason == Errno(ECONNRESET) { return nil }
            throw error
        }
    }
}

/// The two ends of a channel, each to be kept by another process.
package struct ChannelPair: ~Copyable, Sendable {
    package let near: Channel
    package let far: Channel

    package consuming func keepNear() -> Channel { near }
    package consuming func keepFar() -> Channel { far }
}

extension OpenFile where Self: ~Copyable {
    /// send(2) on a socket, without SIGPIPE.
    package func send(_ message: [UInt8]) throws(SystemError) {
        try attempt("send", on: "channel") { Glibc.send(number, message, message.count, Int32(MSG_NOSIGNAL)) }
    }
}
