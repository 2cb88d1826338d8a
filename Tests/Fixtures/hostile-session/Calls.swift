import CRawCalls
import Glibc

/// What a filter answers that refuses a call, or does not know it.
private let filtered = [EPERM, ENOSYS]

/// Calls that the default profile keeps from a session, with capabilities or without.
let callAttempts =
    [
        attempt("io_uring_setup") {
            var parameters = [UInt8](repeating: 0, count: 256)
            let ring = parameters.withUnsafeMutableBytes {
                call(425, 1, Int(bitPattern: $0.baseAddress!))
            }
            try need("io_uring_setup", ring)
        },
        attempt("userfaultfd") {
            let userModeOnly = 1
            try need("userfaultfd", call(Int32(SYS_userfaultfd), userModeOnly))
        },
        attempt("perf_event_open") {
            // PERF_TYPE_SOFTWARE, of this process, user mode only.
            var event = [UInt32](repeating: 0, count: 32)
            event[0] = 1
            event[1] = 128
            event[10] = 0x60
            let counter = event.withUnsafeMutableBytes {
                call(Int32(SYS_perf_event_open), Int(bitPattern: $0.baseAddress!), 0, -1, -1, 0)
            }
            try need("perf_event_open", counter)
        },
        attempt("bpf: a program", behind: [.seccomp, .userNamespace]) {
            var attributes = [UInt64](repeating: 0, count: 16)
            attributes[0] = 1
            let size = 128
            let made = attributes.withUnsafeMutableBytes {
                call(Int32(SYS_bpf), 5, Int(bitPattern: $0.baseAddress!), size)
            }
            try need("bpf", made)
        },
        attempt("kernel log", behind: [.seccomp, .userNamespace]) { try need("syslog", call(Int32(SYS_syslog), 10)) },
        attempt("kexec_load", behind: [.seccomp, .userNamespace]) {
            try need("kexec_load", call(Int32(SYS_kexec_load), 0, 0, 0, 0))
        },
        attempt("a call without a name", behind: [.seccomp, .kernel]) { try need("1000", call(1000)) },
        attempt("personality that lets page 0 be mapped") {
            try need("personality", call(Int32(SYS_personality), 0x010_0000))
        },
        attempt("socket that leaves a virtual machine", or: [EAFNOSUPPORT]) {
            try need("socket", socket(AF_VSOCK, Int32(SOCK_STREAM.rawValue), 0))
        },
        attempt("socket of the kernel's ciphers", behind: [.seccomp, .kernel], or: [EAFNOSUPPORT]) {
            try need("socket", socket(AF_ALG, Int32(SOCK_SEQPACKET.rawValue), 0))
        },
        attempt("socket of the audit", or: [EAFNOSUPPORT]) {
            try need("socket", socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 9))
        },
        attempt("socket of the audit, by a protocol of more bits", or: [EAFNOSUPPORT]) {
            try need(
                "socket", call(Int32(SYS_socket), Int(AF_NETLINK), Int(SOCK_RAW.rawValue), 9 | 1 << 32))
        },
    ] + otherInterface

private func attempt(
    _ name: String, _ kind: AttackClass = .incompleteDrop, behind defences: [Defence] = [.seccomp],
    or answers: [Int32] = [],
    _ body: @escaping @Sendable () throws -> Void
) -> Attempt {
    Attempt(.power, kind, name, behind: defences, refusedWith: filtered + answers) { _ in try body() }
}

#if arch(x86_64)
    private let interfaceDefences: [Defence] = []
#else
    /// There are no such numbers.
    private let interfaceDefences: [Defence] = [.kernel]
#endif

/// KEYCTL_CAPABILITIES, which answers without a key.
private let capabilitiesOfKeys: Int32 = 31

/// The same calls by the numbers of another processor.
private let otherInterface = [
    ("unshare", Int32(310), CLONE_NEWUSER), ("clone", 120, CLONE_NEWUSER | SIGCHLD),
    ("keyctl", 288, capabilitiesOfKeys),
    ("userfaultfd", 374, 1),
].map { (name: String, number: Int32, first: Int32) in
    let defences: [Defence] = (first & CLONE_NEWUSER == 0 ? [.seccomp] : .userNamespaces) + interfaceDefences
    return attempt("as a program of 32 bits: \(name)", behind: defences) {
        let answer = raw_call_of_32_bits(number, first)
        if answer == 0 && name == "clone" { _exit(0) }
        try need(name, answer)
    }
}
