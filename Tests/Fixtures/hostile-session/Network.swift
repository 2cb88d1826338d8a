import CRawCalls
import Glibc

/// The ways to a network, for a session that has none. Each needs somebody who listens outside.
func networkAttempts(in situation: Situation) -> [Attempt] {
    if situation.abstractSocket.isEmpty { return [] }
    return reachAttempts + powerOverNetworkAttempts
}

private let reachAttempts = [
    Attempt(.network, .network, "an abstract socket outside", behind: [.networkNamespace], refusedWith: [ECONNREFUSED])
    { at in
        let socket = try need("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        try need("connect", raw_connect_abstract(socket, at.abstractSocket))
    },
    Attempt(
        .network, .network, "a port of the loopback outside", behind: [.networkNamespace], refusedWith: [ECONNREFUSED]
    ) { at in
        let socket = try need("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        try need("connect", raw_connect_loopback(socket, at.port))
    },
    Attempt(.network, .network, "an address elsewhere", behind: [.networkNamespace], refusedWith: [ENETUNREACH]) { _ in
        // 192.0.2.1, for documentation: where there is a route, a datagram socket is connected without asking anybody.
        let socket = try need("socket", socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
        try need("connect", raw_connect(socket, 0xc000_0201, 53))
    },
    Attempt(.network, .network, "an interface other than lo", behind: [.networkNamespace], refusedWith: []) { _ in
        guard let list = if_nameindex() else { throw Refused(call: "if_nameindex", number: errno) }
        var next = list
        while let name = next.pointee.if_name {
            let interface = String(cString: name)
            if interface != "lo" && !isUnusable(interface) { return }
            next += 1
        }
        throw Refused(call: "only lo", number: nil)
    },
]

/// A tunnel that the kernel makes in every namespace is down, and without CAP_NET_ADMIN stays so.
private func isUnusable(_ interface: String) -> Bool {
    ["tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip6gre0", "ip_vti0", "ip6_vti0"].contains(interface)
}

private let powerOverNetworkAttempts = [
    Attempt(.network, .network, "switch an interface off", behind: [.networkNamespace], refusedWith: needsPower) { _ in
        let socket = try need("socket", socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
        try need("SIOCSIFFLAGS", raw_set_flags(socket, "lo", 0))
    },
    Attempt(.network, .network, "raw packets", behind: [.networkNamespace], refusedWith: needsPower) { _ in
        try need("socket", socket(AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_ICMP)))
    },
    Attempt(
        .network, .network, "packets of every protocol", behind: [.networkNamespace],
        refusedWith: needsPower + [EAFNOSUPPORT]
    ) { _ in
        try need("socket", socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0x0300))
    },
    Attempt(
        .network, .network, "the network of process 1", behind: [.networkNamespace],
        refusedWith: needsPower + [ENOENT, EINVAL]
    ) { _ in
        let namespace = try open("/proc/1/ns/net", O_RDONLY)
        try need("setns", setns(namespace, CLONE_NEWNET))
        var own = stat()
        var first = stat()
        try need("stat", stat("/proc/self/ns/net", &own))
        try need("stat", stat("/proc/1/ns/net", &first))
        try needs(own.st_ino == first.st_ino, "another namespace")
    },
]
