import Glibc

extension FilterProfile {
    /// What a session gets unless something else is asked for.
    package static func ofSession(allowingNamespaces: Bool) -> [FilterProfile] {
        standard(allowingNamespaces: allowingNamespaces) + [socketFamilies]
    }

    /// A list of what is allowed, as container engines have one.
    ///
    /// A filter for each interface: one for all of them takes libseccomp several times as long. What no filter here judges, the
    /// filter of every session does not allow either.
    static func standard(allowingNamespaces: Bool) -> [FilterProfile] {
        var native = FilterProfile(
            defaultAction: .fail(UInt16(ENOSYS)), architectures: [],
            rules: [
                FilterRule(.allow, CallTable.allowed),
                FilterRule(.fail(UInt16(EPERM)), CallTable.refused),
                FilterRule(
                    allowingNamespaces ? .allow : .fail(UInt16(EPERM)), CallTable.ofNamespaces + CallTable.ofContainers),
            ] + personalities)
        native.otherwise = .allow
        let others = compatibleArchitectures.map { name in
            var other = native
            other.architectures = [name]
            other.judgesNative = false
            return other
        }
        return [native] + others
    }

    /// personality(2): Linux, with or without the uname of version 2.6 and short file positions; and the question which it is.
    private static var personalities: [FilterRule] {
        let unameOfVersion2_6: UInt64 = 0x20000
        let shortPositions: UInt64 = 0x8
        let question: UInt64 = 0xffff_ffff
        let values = [0, shortPositions, unameOfVersion2_6, unameOfVersion2_6 | shortPositions, question]
        return [FilterRule(.allow, ["personality"], where: values.map { ArgumentCondition(0, .equal, $0) })]
    }

    /// A filter of its own beside it: socket(2) for a few families, and not for vsock(7), which reaches the machine around a
    /// virtual one, AF_ALG, or those that only a module nobody uses knows.
    ///
    /// socketcall(2) of 32-bit programs keeps the family in memory, where a filter cannot see it. In one filter with a rule
    /// that allows, libseccomp would let it make any socket; here it makes none, and newer programs use socket(2).
    static var socketFamilies: FilterProfile {
        let rdma: Int32 = 27  // AF_IB
        let sharedMemory: Int32 = 43  // AF_SMC
        let families = [
            AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH, AF_CAN, AF_RDS, AF_TIPC, rdma,
            sharedMemory,
        ]
        let others = (0..<sharedMemory).filter { !families.contains($0) }
        let unknown = FilterAction.fail(UInt16(EAFNOSUPPORT))
        // The kernel looks at 32 bits of the protocol, so must the filter. Those of a family come to more than the last one.
        let audit = [
            ArgumentCondition(0, .equal, UInt64(AF_NETLINK)), ArgumentCondition(2, .maskedEqual, 0xFFFF_FFFF, 9),
        ]
        return FilterProfile(
            defaultAction: .allow, architectures: compatibleArchitectures,
            rules: [
                FilterRule(unknown, ["socket"], where: others.map { ArgumentCondition(0, .equal, UInt64($0)) }),
                FilterRule(unknown, ["socket"], where: [ArgumentCondition(0, .greater, UInt64(sharedMemory))]),
                FilterRule(unknown, ["socket"], where: audit),
            ])
    }
}
