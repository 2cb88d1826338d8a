import CSeccomp
import Glibc
import Linux

/// The system calls of a file server, and no others: whoever has taken one over can start nothing, reach nobody, and do
/// nothing to files but what the server itself does.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Threads that are started later inherit it. Every other call fails
/// with EPERM.
package struct ServerFilter: Hashable, Sendable {
    /// The requests of ioctl(2) that the server makes.
    package var requests: [UInt64]
    /// A server that never changes its source needs none of the calls that do.
    package var changes: Bool
    /// Locks are passed on to the source.
    package var locks: Bool
    /// It makes files for others, in whose names it acts for that time.
    package var actsForOthers: Bool
    /// It passes descriptors on to a broker.
    package var passesDescriptors: Bool

    package init(
        requests: [UInt64], changes: Bool, locks: Bool, actsForOthers: Bool, passesDescriptors: Bool
    ) {
        self.requests = requests
        self.changes = changes
        self.locks = locks
        self.actsForOthers = actsForOthers
        self.passesDescriptors = passesDescriptors
    }

    /// To read the flags of files, to set them in a tree that is changed, and to make a device a further queue.
    package static func requests(changes: Bool, hasQueues: Bool) -> [UInt64] {
        FileFlags.allCases.flatMap { [$0.reading] + (changes ? [$0.setting] : []) }.map(UInt64.init)
            + (hasQueues ? [UInt64(berth_clone_connection_request())] : [])
    }

    /// Has libseccomp put it together, and installs it in the calling process, which must have one thread.
    package func install() throws(SystemError) { try Filter.built(from: profile(for: .current)).load() }

    /// No hot call has a condition: the kernel then remembers the answer, and does not run the filter again.
    package func profile(for process: ProcessID) -> FilterProfile {
        var rules = ProcessCalls.rules + ProcessCalls.threads(of: process) + Self.always
        if !requests.isEmpty { rules.append(.control(requests)) }
        // A tree that never changes shows what its source would allow the account.
        rules += changes ? Self.changing : [FilterRule(.allow, ["faccessat2"])]
        if locks { rules += Self.locking }
        // What is closed then may have something to report, or locks to end.
        if changes || locks { rules.append(FilterRule(.allow, ["dup"])) }
        if actsForOthers { rules.append(FilterRule(.allow, ["setfsuid", "setfsgid", "capset"])) }
        if passesDescriptors { rules += Self.passing }
        return .onlyAllowing(rules)
    }

    private static let always = [
        // Requests and their answers; the last of them is a write of one part.
        FilterRule(.allow, ["read", "writev", "write"]),
        // What is there: looked at by descriptors and, for what takes a path only, beneath /proc/self/fd.
        FilterRule(
            .allow,
            [
                "openat", "close", "statx", "readlinkat", "getdents64", "lseek", "pread64", "fstatfs", "getxattr",
                "listxattr", "fchdir", "umask", "capget", "getuid", "geteuid", "getegid",
            ] + ProcessCalls.access),
        .onlyWith(["fcntl"], argument: 1, among: [UInt64(F_DUPFD_CLOEXEC)]),
        // How many descriptors it may have. Of no other process.
        .onlyWith(["prlimit64"], argument: 0, among: [0]),
        // The word of the one that started it.
        FilterRule(.allow, ["recvfrom", "sendto"] + ProcessCalls.poll),
        // The signals that end it.
        FilterRule(.allow, ["rt_sigtimedwait"]),
    ]

    private static let changing = [
        FilterRule(
            .allow,
            [
                "mkdirat", "mknodat", "symlinkat", "linkat", "unlinkat", "renameat2", "fchownat", "utimensat",
                "truncate",
                "ftruncate", "pwrite64", "pwritev2", "fallocate", "copy_file_range", "fsync", "fdatasync", "setxattr",
                "removexattr",
            ] + ProcessCalls.changeMode + ProcessCalls.rename),
        // A thread's own umask.
        .onlyWith(["unshare"], argument: 0, among: [UInt64(CLONE_FS)]),
    ]

    private static let locking = [
        FilterRule(.allow, ["flock"]),
        .onlyWith(["fcntl"], argument: 1, among: [openLockTest, openLockSet, openLockSetAndWait]),
        // Whether the owner of a lock still lives.
        .onlyWith(["kill"], argument: 1, among: [0]),
    ]

    private static let passing = [
        FilterRule(.allow, ["sendmsg", "recvmsg"]),
        // Whether the source takes O_DIRECT.
        .onlyWith(["fcntl"], argument: 1, among: [UInt64(F_GETFL), UInt64(F_SETFL)]),
    ]

    /// F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW of fcntl_locking(2).
    private static let openLockTest: UInt64 = 36
    private static let openLockSet: UInt64 = 37
    private static let openLockSetAndWait: UInt64 = 38
}
