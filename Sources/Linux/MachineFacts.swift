import CLinux
import Glibc

/// The flags of a mount as statvfs(3) tells them.
package struct MountOptionBits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt

    package init(rawValue: UInt) { self.rawValue = rawValue }

    /// ST_RDONLY, ST_NOSUID, ST_NODEV.
    package static let readOnly = MountOptionBits(rawValue: 1)
    package static let noSetUserID = MountOptionBits(rawValue: 2)
    package static let noDevices = MountOptionBits(rawValue: 4)
}

extension OpenFile where Self: ~Copyable {
    /// `f_flag` of fstatvfs(3): the options of the mount that this file was reached through.
    package func mountOptions() throws(SystemError) -> MountOptionBits {
        do { return MountOptionBits(rawValue: try fileSystemStatus().f_flag) } catch {
            throw SystemError("fstatvfs", on: "descriptor \(number)", error)
        }
    }

    /// read(2) of one message, such as those of /dev/fuse; empty at the end. ETIMEDOUT after `milliseconds` without one.
    package func readMessage(limit: Int, within milliseconds: Int32) throws(SystemError) -> [UInt8] {
        var poller = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        let ready = try attempt("poll", on: "descriptor \(number)") { poll(&poller, 1, milliseconds) }
        if ready == 0 { throw SystemError("poll", on: "descriptor \(number)", Errno(ETIMEDOUT)) }
        var room = [UInt8](repeating: 0, count: limit)
        let length = try attempt("read", on: "descriptor \(number)") { Glibc.read(number, &room, limit) }
        return Array(room[..<length])
    }
}

/// major(3) and minor(3).
package func splitDeviceNumber(_ device: dev_t) -> (major: UInt32, minor: UInt32) {
    (UInt32((device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000), UInt32(device & 0xFF | (device >> 12) & 0xFFFF_FF00))
}

extension ProcessID {
    /// waitpid(2), WNOHANG, until this child has ended; nil where it has not after `milliseconds`, as one that waits for
    /// a dead server may never do.
    package func wait(within milliseconds: Int) throws(SystemError) -> ExitStatus? {
        let began = monotonicMilliseconds()
        while true {
            var status: Int32 = 0
            let number = try attempt("waitpid", on: "\(rawValue)") { waitpid(rawValue, &status, WNOHANG) }
            if number == rawValue { return ExitStatus(waitStatus: status) }
            if monotonicMilliseconds() - began >= milliseconds { return nil }
            usleep(500)
        }
    }
}

extension OpenFile where Self: ~Copyable {
    /// fcntl(2), F_GETFD: whether no program that is executed gets this descriptor.
    package func closesOnExecution() throws(SystemError) -> Bool {
        try attempt("fcntl", on: "descriptor \(number)") { fcntl(number, F_GETFD) } & FD_CLOEXEC != 0
    }
}
