import Foundation
import Glibc
import Linux
import Seccomp
import Testing

/// The calls of a list that work need not show, each with its reason.
private let notAlwaysMade: [String: [String]] = [
    "the kernel itself makes it after a signal stopped a wait": ["restart_syscall"],
    "how memory is had and given back is the C library's choice": ["brk", "mremap", "munmap", "madvise", "mprotect"],
    "the kernel answers it without a call, where its clock can be read by programs": ["clock_gettime"],
    "the C library asks for processors and for itself where many threads want memory at once": [
        "sched_getaffinity", "gettid", "rseq", "getpid",
    ],
    "a request that is malformed or gone is answered by one part": ["write"],
    "threads that do not meet need not wait for each other": ["futex"],
    "a thread that does not end by itself is interrupted": ["tgkill", "rt_sigreturn", "clock_nanosleep"],
]

private let exceptions = Set(notAlwaysMade.values.joined())

private func serverCalls(
    changes: Bool, locks: Bool = false, actsForOthers: Bool = false, passesDescriptors: Bool = false
) -> Set<String> {
    ServerFilter(
        requests: [1], changes: changes, locks: locks, actsForOthers: actsForOthers,
        passesDescriptors: passesDescriptors
    ).profile(for: .current).allowedNames
}

/// The C library looks in vain for /proc/stat and its kin where many threads want memory.
private let askedInVain: Set = ["openat"]

private func workerCalls(_ listener: WorkerFilter.Listener) -> Set<String> {
    WorkerFilter(listener, try! FixedArguments.inPlace(beneath: true), others: []).profile(for: .current).allowedNames
}

extension BerthIntegration {
    @Suite("Filters of berth's own processes: what is made is allowed, and what is allowed is made") struct OwnFilters {
        private func need() throws {
            try needRoot()
            try needTools("strace")
        }

        /// clone3 is answered with ENOSYS; everything else that is made must be in the list, or be refused for a reason.
        private func judge(
            _ made: [TracedProcess], are allowed: Set<String>,
            besides base: Set<String> = [], refusing refused: Set<String> = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(!made.isEmpty, sourceLocation: sourceLocation)
            let calls = made.reduce(Set<String>()) { $0.union($1.calls) }
            let missing = calls.subtracting(allowed).subtracting(["clone3"]).subtracting(refused)
            #expect(missing == [], "made, and not allowed", sourceLocation: sourceLocation)
            let unused = allowed.subtracting(calls).subtracting(exceptions).subtracting(base)
            #expect(unused == [], "allowed, and not made", sourceLocation: sourceLocation)
        }

        /// What makes very many calls and no other ones than the rest.
        private static let lengthy: Set = [
            "list-of-ten-thousand-names", "thousand-files-open-at-once", "list-of-a-thousand-names",
            "listing-goes-on-after-a-rename", "parallel-creation-by-two-processes",
            "remove-while-reading-the-directory",
        ]

        private func rows() throws -> [String] {
            try Command(Machine.program("posix-table"), "--list").mustRun().lines.filter { !Self.lengthy.contains($0) }
        }

        @Test("the server of a home whose locks are the source's, and that of a shared tree", .timeLimit(.minutes(10)))
        func session() throws {
            try need()
            try withTree { tree in
                try makeDirectory(tree.home + "/table")
                try give(tree.home + "/table")
                let script = """
                    probe=$1; home=$2; shared=$3; shift 3; "$probe" "$home/table" "$@" > /dev/null
                    cd "$shared"; ls -lR .; cat file; stat -f .; getfattr -d -m - file; lsattr .; test -r file; readlink link
                    """
                symlink("file", tree.shared + "/link")
                try make(tree.shared + "/doomed")
                try Command("setfacl", "-m", "u:\(TestAccount.second.user):r", tree.shared + "/file").mustRun()
                let words =
                    [Machine.program("berth"), "run", "--account", TestAccount.first.name, "--locks", "remote"]
                    + tree.options
                    + [
                        "--", "sh", "-c", script, "sh", Machine.program("posix-table"), tree.homeTarget,
                        tree.sharedTarget,
                    ]
                let all = try TracedProcess.trace(tree, words + rows()) { _ = try $0.wait(500) }
                let servers = all.filter { $0.role == .server }
                #expect(servers.count == 2)
                // Only the one that changes something has a mask of its own for each thread.
                let writers = servers.filter { $0.calls.contains("unshare") }
                judge(writers + (try mountOfAnotherKind(tree)), are: serverCalls(changes: true, locks: true))
                let readers = servers.filter { !$0.calls.contains("unshare") }
                judge(readers + (try mountForReading(tree)), are: serverCalls(changes: false))
            }
        }

        /// A mount of a file system that may have something to report when a file is closed, as far as the server knows.
        private func mountOfAnotherKind(_ tree: Tree) throws -> [TracedProcess] {
            try Command("mount", "-t", "ramfs", "ramfs", tree.shared).mustRun()
            defer { umount2(tree.shared, Int32(MNT_DETACH)) }
            let words = [Machine.program("berth"), "mount", "-f", "-o", "locks=remote", tree.shared, tree.sharedTarget]
            var made = try TracedProcess.trace(tree, words) { running in
                try waitUntil("it is mounted", by: running) {
                    contents(of: "/proc/self/mountinfo").contains(" \(tree.sharedTarget) ")
                }
                try Command("sh", "-c", "exec 3<> $1/file; echo text >&3", "sh", tree.sharedTarget).mustRun()
                try Command("umount", tree.sharedTarget).mustRun()
                _ = try running.wait(60)
            }.filter { $0.role == .server }
            // What root's has in addition is looked at elsewhere.
            for index in made.indices { made[index].calls.remove("capset") }
            return made
        }

        /// A mount that is asked for everything, and one whose tree the kernel judges by itself.
        private func mountForReading(_ tree: Tree) throws -> [TracedProcess] {
            let script =
                "cd $1; ls -lR . > /dev/null; cat file & cat file; test -r file; cat file; exec 3< doomed; rm $2/doomed; stat -L /dev/fd/3 > /dev/null"
            return try ["ro,cache=none", "ro,cache=always"].flatMap { options in
                let words = [Machine.program("berth"), "mount", "-f", "-o", options, tree.shared, tree.sharedTarget]
                return try TracedProcess.trace(tree, words) { running in
                    try waitUntil("it is mounted", by: running) {
                        contents(of: "/proc/self/mountinfo").contains(" \(tree.sharedTarget) ")
                    }
                    try make(tree.shared + "/doomed")
                    try Command("sh", "-c", script, "sh", tree.sharedTarget, tree.shared).run()
                    try Command("umount", tree.sharedTarget).mustRun()
                    _ = try running.wait(60)
                }.filter { $0.role == .server }
            }
        }

        @Test("the server of a mount for everybody, and its broker", arguments: [false, true])
        func mount(passesOn: Bool) throws {
            try need()
            if passesOn { try needPassthrough() }
            try withTree { tree in
                let options = "allow_other" + (passesOn ? ",passthrough" : "")
                let words = [Machine.program("berth"), "mount", "-f", "-o", options, tree.home, tree.homeTarget]
                try makeDirectory(tree.home + "/table")
                let all = try TracedProcess.trace(tree, words) { running in
                    try waitUntil("it is mounted", by: running) {
                        contents(of: "/proc/self/mountinfo").contains(" \(tree.homeTarget) ")
                    }
                    for program in ["posix-accounts"] + (passesOn ? ["posix-table"] : []) {
                        let place = "\(tree.homeTarget)/\(program)"
                        try makeDirectory(place)
                        try Command([Machine.program(program), place] + (program == "posix-table" ? rows() : [])).run()
                    }
                    try Command("umount", tree.homeTarget).mustRun()
                    _ = try running.wait(60)
                }
                // What all servers have is looked at elsewhere.
                judge(
                    all.filter { $0.role == .server },
                    are: serverCalls(changes: true, actsForOthers: true, passesDescriptors: passesOn),
                    besides: serverCalls(changes: true))
                let brokers = all.filter { $0.role == .broker }
                #expect(brokers.count == (passesOn ? 1 : 0))
                if passesOn {
                    // It is killed with its server, unless it has seen its end before.
                    judge(
                        brokers, are: BrokerFilter.profile(requests: [1]).allowedNames,
                        besides: ["futex", "exit", "mmap", "rt_sigreturn", "exit_group"])
                }
            }
        }

        @Test("the owner worker of a run")
        func worker() throws {
            try need()
            try withTree { tree in
                try Command(Machine.program("session-probe"), "make-foreign-tree", tree.home, "0", "0").mustRun()
                try Command(
                    "sh", "-c", "cd $1; touch s; chmod 4755 s; mkdir d$(seq -s ' d' 200); chown -R 0:0 .", "sh",
                    tree.home
                ).mustRun()
                let words =
                    [Machine.program("berth"), "run", "--account", TestAccount.first.name] + tree.homeOption + [
                        "--", "true",
                    ]
                let all = try TracedProcess.trace(tree, words) { expect(status: 0, try $0.wait()) }
                judge(all.filter { $0.role == .worker }, are: workerCalls(.starter), refusing: askedInVain)
            }
        }

        @Test("berth own, which keeps a record and undoes it, by root and in an account's ranges")
        func own() throws {
            try need()
            try needTools("setcap", "newuidmap", "newgidmap")
            let account = TestAccount.first
            guard let range = account.subordinateUsers else { return try BerthIntegrationTests.need(false, "no range") }
            var all: [TracedProcess] = []
            for (prefix, id, to) in [([], 0, ["--to", account.name]), (["-u", account.name], range.first + 99, [])] {
                try withTree { tree in
                    try Command(
                        "sh", "-c",
                        "cd $1; seq 3000 | xargs touch; chown -R $2:$2 .; chown $3 .; chmod 4755 8; setcap cap_net_raw+ep 7",
                        "sh", tree.home, "\(id)", "\(prefix.isEmpty ? 0 : account.user)"
                    ).mustRun()
                    try make(tree.root + "/empty")
                    chmod(tree.root, 0o777)
                    let own = [Machine.program("berth"), "own", "--json", "--progress", "terminal"]
                    for words in [to + ["--record", tree.root + "/record"], ["--restore", tree.root + "/record"]] {
                        all += try TracedProcess.trace(tree, prefix + own + words + [tree.home]) {
                            let outcome = try $0.wait()
                            // 1: what a change took away of a file, its undoing does not bring back.
                            #expect(outcome.status <= 1, "\(outcome)")
                        }
                    }
                }
            }
            // It waits where its output was made not to wait.
            judge(
                all, are: workerCalls(.everybody(records: true)),
                besides: ["poll", "ppoll"], refusing: askedInVain)
        }
    }
}
