import CLinux
import Glibc

/// Messages of a channel that carry a descriptor, unix(7) SCM_RIGHTS.
extension OpenFile where Self: ~Copyable {
    /// Sends bytes, and with them a copy of `passed`, if there is one; EPIPE where the other end is gone.
    package func send(_ bytes: UnsafeRawBufferPointer, passing passed: FileReference?) throws(Errno) {
        try withMessage(bytes) { (message) throws(Errno) in
            if let passed {
                let rights = RightsMessage(descriptor: passed.number)
                message.pointee.msg_control.storeBytes(of: rights, as: RightsMessage.self)
            } else {
                message.pointee.msg_control = nil
                message.pointee.msg_controllen = 0
            }
            _ = try errnoCall { sendmsg(number, message, Int32(MSG_NOSIGNAL)) }
        }
    }

    /// The next message: how many bytes of `room` it filled, 0 once the other end is gone, and the one descriptor that came
    /// with it, close-on-exec. More than one, or a message that did not fit, is EBADMSG, and nothing of it is kept.
    package func receive(
        into room: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> (count: Int, passed: Int32?) {
        try withMessage(UnsafeRawBufferPointer(room)) { (message) throws(Errno) in
            let count = try errnoCall { recvmsg(number, message, Int32(MSG_CMSG_CLOEXEC)) }
            var passed: Int32?
            if message.pointee.msg_controllen >= RightsMessage.length {
                let rights = message.pointee.msg_control.load(as: RightsMessage.self)
                if rights.isOneDescriptor { passed = rights.descriptor }
            }
            if message.pointee.msg_flags & Int32(MSG_CTRUNC | MSG_TRUNC) != 0 {
                if let passed { close(passed) }
                throw Errno(EBADMSG)
            }
            return (count, passed)
        }
    }
}

/// struct cmsghdr and the one descriptor after it, padded as the kernel pads it.
private struct RightsMessage {
    private var header: cmsghdr
    var descriptor: Int32
    private var padding: Int32 = 0

    /// What the descriptor is the end of: CMSG_LEN(4).
    static let length = MemoryLayout<cmsghdr>.size + 4

    init(descriptor: Int32) {
        header = cmsghdr()
        header.cmsg_len = Self.length
        header.cmsg_level = SOL_SOCKET
        header.cmsg_type = Int32(SCM_RIGHTS)
        self.descriptor = descriptor
    }

    var isOneDescriptor: Bool {
        header.cmsg_level == SOL_SOCKET && header.cmsg_type == Int32(SCM_RIGHTS)
            && header.cmsg_len == Self.length
    }
}

/// Room for one descriptor beside the bytes: where more are sent, the kernel closes them and says that it cut them off.
private func withMessage<Value>(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeMutablePointer<msghdr>) throws(Errno) -> Value
) throws(Errno) -> Value {
    var rights = RightsMessage(descriptor: -1)
    var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    return try withUnsafeMutablePointer(to: &rights) { (control) throws(Errno) -> Value in
        try withUnsafeMutablePointer(to: &part) { (part) throws(Errno) -> Value in
            var message = msghdr()
            message.msg_iov = part
            message.msg_iovlen = 1
            message.msg_control = UnsafeMutableRawPointer(control)
            message.msg_controllen = RightsMessage.length
            return try body(&message)
        }
    }
}
