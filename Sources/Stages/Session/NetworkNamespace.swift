import Linux
import Plan

/// Gives this process, and the session with it, the network that the plan wants; answers what the kernel then says.
///
/// Before the drop, since the loopback interface is switched on with CAP_NET_ADMIN, and before the pid namespace, so that
/// its first process is in it as well. The file servers stay where they are: a source on NFS has a network of its own.
func enterNetwork(_ mode: NetworkMode) throws(RunFailure) -> Fact {
    if mode == .host { return Fact("network", .record([Fact("mode", .text(mode.rawValue))])) }
    do throws(SystemError) {
        let before = try ownNetwork()
        try unshare([.network])
        try LoopbackInterface.bringUp()
        guard try LoopbackInterface.isUp(), try ownNetwork() != before else {
            throw SystemError("ioctl", on: "SIOCSIFFLAGS lo", Errno(100))
        }
        // Some kernels put tunnels without an other end beside it, which need CAP_NET_ADMIN to become of any use.
        let interfaces = Fact("interfaces", .list(try interfaceNames().map { .text($0) }))
        return Fact(
            "network", .record([Fact("mode", .text(mode.rawValue)), interfaces, Fact("loopback_up", .flag(true))]))
    } catch {
        throw RunFailure(
            "no network namespace for the session: \(error)",
            hint: "see sysctl user.max_net_namespaces, and what refuses unshare here; --network host does without")
    }
}

private func ownNetwork() throws(SystemError) -> String {
    try FileReference.workingDirectory.linkTarget("/proc/self/ns/net")
}
