import Glibc
import Linux

/// What every process of berth's takes that has given up everything: memory that is not executable, threads, an end.
enum ProcessCalls {
    static let rules = [
        FilterRule(.allow, ["brk", "munmap", "mremap", "madvise", "futex", "rt_sigreturn", "restart_syscall"]),
        FilterRule(.allow, ["exit", "exit_group"]),
        // Never executable: the program is what it was.
        FilterRule(
            .allow, ["mmap", "mprotect"], where: [ArgumentCondition(2, .maskedEqual, UInt64(PROT_EXEC), 0)]),
    ]

    /// Threads within the process, in its own namespaces; and signals to them, and to nobody else.
    static func threads(of process: ProcessID) -> [FilterRule] {
        [
            // clone3(2) keeps its flags in memory, where a filter cannot see them: the C library falls back to clone(2).
            FilterRule(.fail(UInt16(ENOSYS)), ["clone3"]),
            FilterRule(
                .allow, ["clone"],
                where: [ArgumentCondition(cloneFlags, .maskedEqual, thread | newNamespaces, thread)]),
            .onlyWith(["tgkill"], argument: 0, among: [UInt64(process.rawValue)]),
            FilterRule(
                .allow,
                [
                    "getpid", "gettid", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask",
                    "sched_getaffinity",
                    "clock_nanosleep", "clock_gettime",
                ]),
        ]
    }

    private static let thread = UInt64(CLONE_THREAD)
    private static let newNamespaces = [
        CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP,
    ].reduce(0) { $0 | UInt64(UInt32(bitPattern: $1)) }

    /// The argument of clone(2) that holds its flags.
    #if arch(s390x)
        static let cloneFlags: UInt32 = 1
    #else
        static let cloneFlags: UInt32 = 0
    #endif

    // What the C library makes of one function on processors that kept the older call, and on those that never had it.
    #if arch(x86_64)
        static let access = ["access"]
        static let poll = ["poll"]
        static let changeMode = ["chmod"]
    #else
        static let access = ["faccessat"]
        static let poll = ["ppoll"]
        static let changeMode = ["fchmodat"]
    #endif
    #if arch(x86_64) || arch(arm64)
        static let rename = ["renameat"]
    #else
        static let rename: [String] = []
    #endif
}

extension FilterRule {
    /// Allowed where an argument of 32 bits is one of these: the kernel looks at no more of it, so must the filter.
    static func onlyWith(_ names: [String], argument: UInt32, among values: [UInt64]) -> FilterRule {
        FilterRule(.allow, names, where: values.map { ArgumentCondition(argument, .maskedEqual, 0xFFFF_FFFF, $0) })
    }

    static func control(_ requests: [UInt64]) -> FilterRule { onlyWith(["ioctl"], argument: 1, among: requests) }
}

extension FilterProfile {
    /// A list of what is allowed; everything else, and every call by another processor's numbers, fails with EPERM.
    static func onlyAllowing(_ rules: [FilterRule]) -> FilterProfile {
        var profile = FilterProfile(defaultAction: .fail(UInt16(EPERM)), architectures: [], rules: rules)
        profile.otherwise = .fail(UInt16(EPERM))
        return profile
    }

    /// The names of what it allows, under whatever condition.
    package var allowedNames: Set<String> { Set(rules.filter { $0.action == .allow }.flatMap(\.names)) }
}
