import CLinux
import Glibc

extension NamespaceKinds {
    /// network_namespaces(7): interfaces, addresses, ports, and the abstract names of unix(7).
    package static let network = NamespaceKinds(rawValue: CLONE_NEWNET)
}

/// The interface `lo` of the calling process's network namespace, netdevice(7).
package enum LoopbackInterface {
    /// Switches it on; the kernel gives it 127.0.0.1 and ::1. Needs CAP_NET_ADMIN in the namespace.
    package static func bringUp() throws(SystemError) {
        let socket = try controlSocket()
        var request = try flags(of: socket)
        request.ifr_ifru.ifru_flags |= up
        try attempt("ioctl", on: "SIOCSIFFLAGS lo") {
            berth_interface_flags(socket.number, UInt(SIOCSIFFLAGS), &request)
        }
    }

    /// Whether it is switched on.
    package static func isUp() throws(SystemError) -> Bool {
        try flags(of: try controlSocket()).ifr_ifru.ifru_flags & up != 0
    }

    private static let up = Int16(IFF_UP)

    /// Any socket will do: the request names the interface.
    private static func controlSocket() throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try attempt("socket") { socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) })
    }

    private static func flags(of socket: borrowing Descriptor) throws(SystemError) -> ifreq {
        var request = ifreq()
        withUnsafeMutableBytes(of: &request.ifr_ifrn) { $0.copyBytes(from: "lo".utf8) }
        try attempt("ioctl", on: "SIOCGIFFLAGS lo") {
            berth_interface_flags(socket.number, UInt(SIOCGIFFLAGS), &request)
        }
        return request
    }
}

/// if_nameindex(3): the names of the interfaces in the calling process's network namespace.
package func interfaceNames() throws(SystemError) -> [String] {
    guard let list = if_nameindex() else { throw SystemError("if_nameindex", Errno.current) }
    defer { if_freenameindex(list) }
    var names: [String] = []
    var next = list
    while let name = next.pointee.if_name {
        names.append(String(cString: name))
        next += 1
    }
    return names
}
