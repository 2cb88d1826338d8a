import CSeccomp
import Glibc
import Linux

/// The system calls by which a session could make itself a namespace, change what is mounted, or use its starter's keys,
/// refused for good.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Processes started later inherit the filter.
package enum SessionFilter {
    /// Installs the filter in the calling process, which must have one thread.
    package static func install() throws(SystemError) {
        guard let filter = seccomp_init(allow) else { throw SystemError("seccomp_init", Errno(ENOMEM)) }
        defer { seccomp_release(filter) }
        try addCompatibleArchitectures(to: filter)
        for name in refusedCalls + keyringCalls { try refuse(name, with: EPERM, in: filter) }
        // clone3(2) keeps its flags in memory, where a filter cannot see them: the C library falls back to clone(2).
        try refuse("clone3", with: ENOSYS, in: filter)
        for flag in namespaceFlags {
            let bits = UInt64(UInt32(bitPattern: flag))
            try refuse("unshare", with: EPERM, where: argument(0, masked: bits, equals: bits), in: filter)
            try refuse("clone", with: EPERM, where: argument(0, masked: bits, equals: bits), in: filter)
        }
        for request in [UInt64(TIOCSTI), UInt64(TIOCLINUX)] {
            // The kernel looks at 32 bits of the request, so must the filter.
            let terminal = argument(1, masked: 0xFFFF_FFFF, equals: request)
            try refuse("ioctl", with: EPERM, where: terminal, in: filter)
        }
        try succeed("seccomp_load", seccomp_load(filter))
    }

    /// Calls that change what is mounted, or enter what another process made.
    private static let refusedCalls = [
        "mount", "umount", "umount2", "move_mount", "open_tree", "open_tree_attr", "fsopen", "fsconfig", "fsmount",
        "fspick", "mount_setattr", "pivot_root", "chroot", "setns", "quotactl", "quotactl_fd", "swapon", "swapoff",
    ]

    /// Keyrings know no user namespaces' bounds: the session would hold the keys of whoever started berth, keyrings(7).
    private static let keyringCalls = ["add_key", "keyctl", "request_key"]

    /// CLONE_NEWTIME shares its bit with the exit signal of clone(2), where it means nothing.
    private static let namespaceFlags = [
        CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
    ]

    private static let allow = UInt32(0x7FFF_0000)  // SCMP_ACT_ALLOW

    /// SCMP_ACT_ERRNO.
    private static func fail(with number: Int32) -> UInt32 { 0x0005_0000 | UInt32(number) }

    /// A process may call as an older processor would, with other call numbers: those are filtered as well.
    private static func addCompatibleArchitectures(to filter: scmp_filter_ctx) throws(SystemError) {
        #if arch(x86_64)
            let architectures = ["x86", "x32"]
        #elseif arch(arm64)
            let architectures = ["arm"]
        #else
            let architectures: [String] = []
        #endif
        for name in architectures {
            try succeed("seccomp_arch_add", seccomp_arch_add(filter, seccomp_arch_resolve_name(name)))
        }
    }

    private static func argument(_ index: UInt32, masked mask: UInt64, equals value: UInt64) -> scmp_arg_cmp {
        scmp_arg_cmp(arg: index, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
    }

    /// Calls that this libseccomp has no number for do not exist on its kernels' interface, and are passed over.
    private static func refuse(
        _ name: String, with number: Int32, where condition: scmp_arg_cmp? = nil, in filter: scmp_filter_ctx
    ) throws(SystemError) {
        let call = seccomp_syscall_resolve_name(name)
        if call == -1 { return }  // __NR_SCMP_ERROR
        let conditions = condition.map { [$0] } ?? []
        let answer = seccomp_rule_add_array(filter, fail(with: number), call, UInt32(conditions.count), conditions)
        try succeed("seccomp_rule_add", on: name, answer)
    }

    /// libseccomp answers the negative error number.
    private static func succeed(_ call: String, on subject: String? = nil, _ answer: Int32) throws(SystemError) {
        if answer < 0 { throw SystemError(call, on: subject, Errno(-answer)) }
    }
}
