import Glibc
import Linux

/// The system calls by which a session could make itself a namespace, change what is mounted, or use its starter's keys,
/// refused for good, whatever else is asked for.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Processes started later inherit the filter.
package enum SessionFilter {
    /// Installs the filter in the calling process, which must have one thread.
    package static func install() throws(SystemError) { try Filter.built(from: profile).load() }

    static var profile: FilterProfile {
        var rules = [
            FilterRule(.fail(UInt16(EPERM)), refusedCalls + keyringCalls),
            // clone3(2) keeps its flags in memory, where a filter cannot see them: the C library falls back to clone(2).
            FilterRule(.fail(UInt16(ENOSYS)), ["clone3"]),
        ]
        for flag in namespaceFlags {
            let bits = UInt64(UInt32(bitPattern: flag))
            let asked = ArgumentCondition(0, .maskedEqual, bits, bits)
            rules.append(FilterRule(.fail(UInt16(EPERM)), ["unshare", "clone"], where: [asked]))
        }
        // CLONE_NEWTIME: of clone(2) the same bit belongs to the exit signal.
        let newTime = ArgumentCondition(0, .maskedEqual, 0x80, 0x80)
        rules.append(FilterRule(.fail(UInt16(EPERM)), ["unshare"], where: [newTime]))
        for request in [UInt64(TIOCSTI), UInt64(TIOCLINUX)] {
            // The kernel looks at 32 bits of the request, so must the filter.
            let typing = ArgumentCondition(1, .maskedEqual, 0xFFFF_FFFF, request)
            rules.append(FilterRule(.fail(UInt16(EPERM)), ["ioctl"], where: [typing]))
        }
        // A process may call as an older processor would, with other call numbers: those are filtered as well.
        return FilterProfile(defaultAction: .allow, architectures: compatibleArchitectures, rules: rules)
    }

    /// Calls that change what is mounted, or enter what another process made.
    private static let refusedCalls = [
        "mount", "umount", "umount2", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount",
        "fspick", "mount_setattr", "pivot_root", "chroot", "setns", "quotactl", "quotactl_fd", "swapon", "swapoff",
    ]

    /// Keyrings know no user namespaces' bounds: the session would hold the keys of whoever started berth, keyrings(7).
    private static let keyringCalls = ["add_key", "keyctl", "request_key"]

    private static let namespaceFlags = [
        CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
    ]
}
