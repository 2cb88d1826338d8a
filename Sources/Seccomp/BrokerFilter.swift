import CSeccomp
import Glibc
import Linux

/// The few system calls that a process needs which does nothing but registering files for another one: whatever else it
/// is brought to do fails with EPERM, for good.
///
/// seccomp(2), through libseccomp. Needs no_new_privs.
package enum BrokerFilter {
    /// Installs the filter in the calling process, which must have one thread: ioctl(2) with these requests, messages, and
    /// what memory and an orderly end take.
    package static func install(requests: [UInt64]) throws(SystemError) {
        guard let filter = seccomp_init(refuse) else { throw SystemError("seccomp_init", Errno(ENOMEM)) }
        defer { seccomp_release(filter) }
        for name in calls { try allow(name, in: filter) }
        for request in requests {
            // The kernel looks at 32 bits of the request, so must the filter.
            let condition = scmp_arg_cmp(arg: 1, op: SCMP_CMP_MASKED_EQ, datum_a: 0xFFFF_FFFF, datum_b: request)
            try allow("ioctl", where: [condition], in: filter)
        }
        try succeed("seccomp_load", seccomp_load(filter))
    }

    private static let calls = [
        "recvmsg", "sendmsg", "sendto", "close", "brk", "mmap", "munmap", "mremap", "madvise", "futex", "rt_sigreturn",
        "restart_syscall", "exit", "exit_group",
    ]

    /// SCMP_ACT_ERRNO and SCMP_ACT_ALLOW.
    private static let refuse = UInt32(0x0005_0000) | UInt32(EPERM)
    private static let allowed = UInt32(0x7FFF_0000)

    private static func allow(
        _ name: String, where conditions: [scmp_arg_cmp] = [], in filter: scmp_filter_ctx
    ) throws(SystemError) {
        let call = seccomp_syscall_resolve_name(name)
        try succeed(
            "seccomp_rule_add", on: name,
            seccomp_rule_add_array(filter, allowed, call, UInt32(conditions.count), conditions))
    }

    /// libseccomp answers the negative error number.
    private static func succeed(_ call: String, on subject: String? = nil, _ answer: Int32) throws(SystemError) {
        if answer < 0 { throw SystemError(call, on: subject, Errno(-answer)) }
    }
}
