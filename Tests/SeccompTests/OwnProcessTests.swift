import Glibc
import Linux
import Testing

@testable import Seccomp

/// The filters of berth's own processes.
@Suite struct TheFiltersOfServersAndWorkers {
    private static let all: [FilterProfile] =
        [true, false].flatMap { changes in
            [true, false].flatMap { locks in
                [true, false].map { others in
                    ServerFilter(
                        requests: [1, 2], changes: changes, locks: locks, actsForOthers: others,
                        passesDescriptors: others
                    ).profile(for: .current)
                }
            }
        } + [
            worker(.starter).profile(for: .current),
            worker(.everybody(records: true)).profile(for: .current),
            WorkerFilter(.starter, nil, others: []).profile(for: .current),
            BrokerFilter.profile(requests: [1, 2]),
        ]

    private static func worker(_ listener: WorkerFilter.Listener) -> WorkerFilter {
        WorkerFilter(listener, try! FixedArguments.inPlace(beneath: true), others: [5, 1_000_000])
    }

    @Test(arguments: all) func areListsOfWhatIsAllowed(profile: FilterProfile) throws {
        _ = try Filter.built(from: profile)
        #expect(profile.defaultAction == .fail(UInt16(EPERM)) && profile.otherwise == .fail(UInt16(EPERM)))
        #expect(profile.architectures == [] && profile.judgesNative)
        #expect(profile.unknownNames == [])
    }

    /// Neither an argument nor a mode makes these harmless.
    @Test(arguments: all) func allowNothingThatLeadsOut(profile: FilterProfile) {
        let never: Set = [
            "execve", "execveat", "fork", "vfork", "clone3", "socket", "socketpair", "connect", "bind", "accept",
            "ptrace",
            "process_vm_readv", "process_vm_writev", "bpf", "mount", "umount2", "open_tree", "move_mount", "fsopen",
            "fsmount", "mount_setattr", "pivot_root", "chroot", "setns", "open_by_handle_at", "setuid", "setresuid",
            "setgroups", "pidfd_getfd", "pidfd_send_signal", "memfd_create", "userfaultfd", "io_uring_setup", "keyctl",
            "perf_event_open", "pkey_mprotect", "shmat", "prctl", "seccomp", "personality", "tkill", "rt_sigqueueinfo",
        ]
        #expect(profile.allowedNames.intersection(never) == [])
    }

    /// Allowed for what their arguments say, never as a whole.
    @Test(arguments: all) func allowTheseUnderConditionsOnly(profile: FilterProfile) {
        let conditional: Set = [
            "clone", "unshare", "kill", "tgkill", "ioctl", "fcntl", "prlimit64", "mmap", "mprotect",
        ]
        let free = profile.rules.filter { $0.action == .allow && $0.conditions.isEmpty }.flatMap(\.names)
        #expect(conditional.intersection(free) == [])
    }

    /// The kernel remembers the answer to a call only where it depends on nothing else.
    @Test func haveNoConditionsOnHotCalls() {
        let hot: Set = [
            "read", "writev", "write", "openat", "close", "statx", "getdents64", "pread64", "pwrite64", "futex", "dup",
            "unlinkat", "readlinkat", "umask",
        ]
        for profile in Self.all {
            #expect(hot.intersection(profile.rules.filter { !$0.conditions.isEmpty }.flatMap(\.names)) == [])
        }
    }

    /// Each by its own address, and with nothing else that a path could be read from.
    @Test func aWorkerOpensAndChangesOwnersByFixedArgumentsOnly() throws {
        let arguments = try FixedArguments.inPlace(beneath: true)
        let rules = Self.worker(.everybody(records: true)).profile(for: .current).rules
        func addresses(_ call: String, _ index: UInt32) -> [UInt64?] {
            rules.filter { $0.names.contains(call) }.map { rule in
                rule.conditions.first { $0.index == index && $0.comparison == .equal }?.value
            }
        }
        #expect(addresses("openat2", 2) == [UInt64(arguments.directory), UInt64(arguments.entry)])
        #expect(addresses("fchownat", 1) == [UInt64(arguments.emptyPath)])
        #expect(!rules.contains { $0.names.contains("openat") })
    }

    @Test func whatIsRefusedToAWorkerCanBeBuilt() throws {
        for arguments in [try FixedArguments.inPlace(beneath: true), nil] {
            let refusals = WorkerFilter(.starter, arguments, others: [7]).refusals
            _ = try Filter.built(from: refusals)
            #expect(refusals.defaultAction == .allow && refusals.unknownNames == [])
            #expect(refusals.rules.allSatisfy { $0.action == .fail(UInt16(EPERM)) && !$0.conditions.isEmpty })
        }
    }

    @Test func aServerThatChangesNothingHasNoCallThatDoes() {
        let filter = ServerFilter(
            requests: [], changes: false, locks: false, actsForOthers: false, passesDescriptors: false)
        let changing: Set = [
            "mkdirat", "mknodat", "unlinkat", "renameat", "renameat2", "linkat", "symlinkat", "chmod", "fchmodat",
            "fchownat", "truncate", "ftruncate", "pwrite64", "pwritev2", "setxattr", "removexattr", "fallocate",
            "copy_file_range", "utimensat", "unshare", "setfsuid", "setfsgid", "capset", "ioctl", "flock", "kill",
        ]
        #expect(filter.profile(for: .current).allowedNames.intersection(changing) == [])
    }
}
