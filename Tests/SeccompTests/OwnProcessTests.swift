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

    /// As the kernel would run them: i386 and x32 on this machine, and whatever else there is.
    @Test(arguments: all) func allowNoCallByAnotherInterface(profile: FilterProfile) throws {
        let program = try FilterProgram.compiled(from: profile)
        for number in [UInt32](0..<600) + [UInt32.max] {
            for (architecture, first) in [(0x4000_0003, 0), (0x4000_0028, 0), (0xc000_003e, 0x4000_0000), (0, 0)] {
                // x32 has the native interface's name on this machine, and numbers of its own.
                let call = FilteredCall(number: number | UInt32(first), architecture: UInt32(architecture))
                guard program.answer(to: call) != FilterAction.allow.code else {
                    Issue.record("\(call)")
                    return
                }
            }
        }
    }

    #if arch(x86_64)
        /// Where the page begins and ends, from below, and with the topmost byte set; of mmap only with MAP_FIXED.
        @Test func aWorkerPutsNothingInThePlaceOfItsArguments() throws {
            let worker = Self.worker(.starter)
            let programs = try [worker.refusals, worker.profile(for: .current)].map {
                (profile) throws in try FilterProgram.compiled(from: profile)
            }
            func passes(_ name: String, _ arguments: [UInt64]) -> Bool {
                let number = UInt32(bitPattern: callNumber(name) ?? -1)
                let call = FilteredCall(number: number, architecture: 0xc000_003e, arguments: arguments)
                return programs.allSatisfy { $0.answer(to: call) == FilterAction.allow.code }
            }
            let page = UInt64(FixedArguments.page)
            let end = page + UInt64(FixedArguments.size)
            // Where a 64-bit program has its memory: of what lies between the page and 4 GiB, libseccomp refuses more.
            let elsewhere: [UInt64] = [0x1_0000_0000, 0x7fff_0000_0000]
            let reaching = [0, 4096, page - 4096, page, end - 1] + elsewhere.map { $0 | 1 << 57 } + [UInt64.max - 4095]
            for name in ["munmap", "mprotect", "madvise", "mremap", "mmap"] {
                let flags: UInt64 = name == "mmap" ? 0x32 : 1
                #expect(elsewhere.allSatisfy { passes(name, [$0, 4096, 0, flags]) }, "\(name)")
                #expect(!reaching.contains { passes(name, [$0, 4096, 0, flags]) }, "\(name)")
            }
            #expect(passes("mmap", [page, 4096, 0, 0x22]) && !passes("mremap", [elsewhere[1], 4096, 4096, 3, page]))
            #expect(["process_madvise", "remap_file_pages", "shmat", "userfaultfd"].allSatisfy { !passes($0, []) })
        }
    #endif

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
