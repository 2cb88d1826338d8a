import Glibc
import Linux

/// The system calls by which a session could make itself a namespace, change what is mounted, or use its starter's keys,
/// refused for good, whatever else is asked for.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Processes started later inherit the filter.
package enum SessionFilter {
    /// `allowingNamespaces`: for containers within the session. What is mounted in a namespace of its own is locked there to
    /// what it was, mount_namespaces(7), so the kernel alone keeps a shared source read-only.
    package static func profile(allowingNamespaces: Bool) -> FilterProfile {
        let refused = FilterRule(
            .fail(UInt16(EPERM)), refusedCalls + (allowingNamespaces ? [] : CallTable.ofNamespaces))
        // A process may call as an older processor would, with other call numbers: those are filtered as well.
        return FilterProfile(
            defaultAction: .allow, architectures: compatibleArchitectures,
            rules: [refused] + terminalRules + (allowingNamespaces ? [] : namespaceRules))
    }

    private static var namespaceRules: [FilterRule] {
        var rules = [
            // clone3(2) keeps its flags in memory, where a filter cannot see them: the C library falls back to clone(2).
            FilterRule(.fail(UInt16(ENOSYS)), ["clone3"])
        ]
        for flag in namespaceFlags {
            let bits = UInt64(UInt32(bitPattern: flag))
            for (name, index) in [("unshare", 0), ("clone", ProcessCalls.cloneFlags)] {
                let asked = ArgumentCondition(index, .maskedEqual, bits, bits)
                rules.append(FilterRule(.fail(UInt16(EPERM)), [name], where: [asked]))
            }
        }
        // CLONE_NEWTIME: of clone(2) the same bit belongs to the exit signal.
        let newTime = ArgumentCondition(0, .maskedEqual, 0x80, 0x80)
        rules.append(FilterRule(.fail(UInt16(EPERM)), ["unshare"], where: [newTime]))
        return rules
    }

    private static var terminalRules: [FilterRule] {
        // The kernel looks at 32 bits of the request, so must the filter.
        [UInt64(TIOCSTI), UInt64(TIOCLINUX)].map { request in
            let typing = ArgumentCondition(1, .maskedEqual, 0xFFFF_FFFF, request)
            return FilterRule(.fail(UInt16(EPERM)), ["ioctl"], where: [typing])
        }
    }

    /// Keyrings know no user namespaces' bounds: the session would hold the keys of whoever started berth, keyrings(7).
    private static let refusedCalls = [
        "quotactl", "quotactl_fd", "swapon", "swapoff", "add_key", "keyctl", "request_key",
    ]

    private static let namespaceFlags = [
        CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
    ]
}
