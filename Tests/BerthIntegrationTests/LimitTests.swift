import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--limit: what a session may use") struct Limits {
        @Test(
            "each process has the limits that were asked for, and cannot raise them",
            arguments: [
                Starter.ordinaryAccount, .rootNamingAccount,
            ])
        func processes(_ starter: Starter) throws {
            try starter.needed()
            let limits = "files=100,core=0,fsize=1M,stack=4M,nproc=50,memlock=64K,cputime=60"
            let script =
                "grep -E 'open files|core file|file size|stack|processes|locked mem|cpu time' /proc/self/limits"
            let outcome = try BerthRun(["--limit", limits], script: script + "; ulimit -n 101", starter).run()
            let values = Dictionary(
                outcome.lines.map { line in
                    (
                        String(line.prefix(26)).trimmingCharacters(in: .whitespaces),
                        line.dropFirst(26).split(separator: " ").prefix(2).map(String.init)
                    )
                }, uniquingKeysWith: { $1 })
            let expected = [
                "Max cpu time": "60", "Max file size": "1048576", "Max stack size": "4194304",
                "Max core file size": "0",
                "Max processes": "50", "Max open files": "100", "Max locked memory": "65536",
            ]
            for (name, value) in expected { #expect(values[name] == [value, value], "\(name) \(outcome)") }
            #expect(outcome.status != 0, "\(outcome)")
        }

        @Test("with too few descriptors to tell what the session is, none starts", arguments: 3...8)
        func fewDescriptors(_ count: Int) throws {
            try withTree { tree in
                let (run, report) = try BerthRun(tree.homeOption + ["--limit", "files=\(count)"], ["true"])
                    .reporting(in: tree)
                let outcome = try run.run()
                let proof = try report.event("proof")
                #expect((outcome.status == 0) == (proof?["mounts"] != nil && proof?["limits"] != nil), "\(outcome)")
                #expect(outcome.status == 0 || outcome.errors.contains("--limit files"), "\(outcome)")
                #expect(count > 4 || outcome.status == 125)
            }
        }

        @Test("a file larger than the limit cannot be written, and the servers have none of it")
        func effective() throws {
            try withTree { tree in
                let script = "dd if=/dev/zero of=$HOME/big bs=1M count=3 2>/dev/null; stat -c %s $HOME/big"
                let outcome = try BerthRun(tree.options + ["--limit", "fsize=2M"], script: script).run()
                #expect(outcome.lines == ["2097152"], "\(outcome)")
            }
        }

        @Test(
            "a limit above berth's own is refused, as is one that nothing here can hold",
            arguments: [[], ["--dry-run"]])
        func refused(_ more: [String]) throws {
            var run = BerthRun(["--limit", "files=101"] + more, ["true"])
            run.wrapper = ["prlimit", "--nofile=100:100", "--"]
            let above = try run.run()
            #expect(above.status == 125)
            #expect(
                above.errors.hasPrefix("berth: limit 'files': 101 is above the hard limit that berth has, 100\nhint: "),
                "\(above)")
            for limit in ["memory=1G", "cpu=1", "pids=10"] {
                let outcome = try BerthRun(["--limit", limit] + more, ["true"]).run()
                #expect(outcome.status == 125)
                #expect(outcome.errors.hasPrefix("berth: limit '\(limit.prefix { $0 != "=" })': berth"), "\(outcome)")
                #expect(outcome.errors.contains("hint: such a limit needs a cgroup that belongs to the account"))
            }
        }

        /// A limit that a cgroup of this machine can hold, the file it goes to, and what that then says.
        private static let held: (limit: String, controller: String, file: String, text: String)? = {
            let choices = [
                ("memory=1G", "memory", "memory.max", "1073741824"), ("pids=64", "pids", "pids.max", "64"),
                ("hugetlb.2MB=4M", "hugetlb", "hugetlb.2MB.max", "4194304"),
            ]
            let there = contents(of: root + "/cgroup.controllers").split(whereSeparator: \.isWhitespace).map(
                String.init)
            return choices.first { there.contains($0.1) }
        }()

        private static let root =
            access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified"

        /// A cgroup that belongs to the account, and how to start a program in it.
        private func withDelegatedGroup(_ body: (String, [String]) throws -> Void) throws {
            try needRoot()
            try need(Self.held != nil, "no cgroup2 mount here has one of the controllers memory, pids and hugetlb")
            let handed = contents(of: Self.root + "/cgroup.subtree_control").contains(Self.held!.controller)
            let control = Self.root + "/cgroup.subtree_control"
            if !handed { try Data("+\(Self.held!.controller)".utf8).write(to: URL(fileURLWithPath: control)) }
            let group = "\(Self.root)/berth-test-\(UInt32.random(in: 1...UInt32.max))"
            defer {
                // The last processes may still be ending.
                try? waitUntil("the cgroup is gone", within: 10) {
                    try Command("find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";").run()
                    return access(group, F_OK) != 0
                }
                if !handed { try? Data("-\(Self.held!.controller)".utf8).write(to: URL(fileURLWithPath: control)) }
            }
            try makeDirectory(group)
            for file in ["", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"] {
                chown(group + file, TestAccount.first.user, TestAccount.first.group)
            }
            try body(group, ["sh", "-c", "echo $$ > \(group)/cgroup.procs; exec \"$@\"", "sh"])
        }

        private func start(_ run: BerthRun, in wrapper: [String]) throws -> Outcome {
            // root enters the cgroup, and then becomes the account.
            let berth = [Machine.program("berth"), "run"] + run.options + ["--"] + run.command
            return try Command(wrapper + asAccount(.first) + berth).run()
        }

        @Test("a cgroup that is delegated holds the session, and nothing of it stays", arguments: ["off", "auto"])
        func group(_ pidNamespace: String) throws {
            try withDelegatedGroup { group, wrapper in
                try withTree { tree in
                    let held = Self.held!
                    let report = tree.root + "/status"
                    try make(report, mode: 0o666)
                    let script = """
                        own=$(sed -n s/^0::.berth-test-[0-9]*//p /proc/self/cgroup)
                        limited=\(group)${own%/session}
                        cat $limited/\(held.file)
                        grep -c . $limited-own/cgroup.procs
                        """
                    let redirected = wrapper + ["sh", "-c", "exec \"$@\" 9>\(report)", "sh"]
                    let options =
                        tree.options + [
                            "--pid-namespace", pidNamespace, "--limit", held.limit + ",files=64", "--json-status-fd",
                            "9",
                        ]
                    let outcome = try start(BerthRun(options, script: script), in: redirected)
                    // berth and two file servers are beside the session, and the first process of its pid namespace.
                    let beside = pidNamespace == "off" ? ["3"] : ["3", "4"]
                    #expect(outcome.lines.first == held.text && beside.contains(outcome.lines.last ?? ""), "\(outcome)")
                    let dropped = try Report(path: report).stage("dropped")
                    #expect(dropped?["control_group"] as? [String: String] == [held.file: held.text])
                    #expect(
                        try FileManager.default.contentsOfDirectory(atPath: group).allSatisfy {
                            !$0.hasPrefix("berth-")
                        })
                    #expect(
                        contents(of: group + "/cgroup.subtree_control") == "\n"
                            || contents(of: group + "/cgroup.subtree_control") == "")
                }
            }
        }

        @Test("the session cannot take its limits off, or leave", arguments: [[], ["--allow-userns", "--uid", "7"]])
        func escape(_ more: [String]) throws {
            try withDelegatedGroup { group, wrapper in
                let held = Self.held!
                let script = """
                    own=\(group)$(sed -n s/^0::.berth-test-[0-9]*//p /proc/self/cgroup)
                    own=${own%/session}
                    echo max > $own/\(held.file) && echo raised
                    echo $$ > \(group)/cgroup.procs && echo left
                    mkdir $own/more && echo made
                    umount \(Self.root) && echo unmounted
                    echo $$ > /proc/1/root\(group)/cgroup.procs && echo left by the root of process 1
                    unshare --user --map-root-user --mount --cgroup sh -c '
                        mount -t cgroup2 none /mnt && mkdir -p /mnt/a/b/c/d && echo max > /mnt/\(held.file) && echo raised within
                        mount -o remount,bind,rw \(Self.root) && echo remounted
                        umount \(Self.root) && echo uncovered && echo max > '$own'/\(held.file) && echo raised within'
                    cat $own/\(held.file)
                    """
                let run = BerthRun(["--limit", held.limit] + more, script: script)
                let outcome = try start(run, in: wrapper)
                #expect(outcome.lines == [held.text], "\(outcome)")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: group).allSatisfy { !$0.hasPrefix("berth-") })
            }
        }

        @Test("berth is not alone in its cgroup: refused, and nothing stays")
        func shared() throws {
            try withDelegatedGroup { group, wrapper in
                let berth =
                    asAccount(.first) + [Machine.program("berth"), "run", "--limit", Self.held!.limit, "--", "true"]
                let outcome = try Command(wrapper + ["sh", "-c", "\"$@\"; exit $?", "sh"] + berth).run()
                #expect(outcome.status == 125)
                #expect(outcome.errors.hasPrefix("berth: berth is not alone in its cgroup"), "\(outcome)")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: group).allSatisfy { !$0.hasPrefix("berth-") })
            }
        }

        @Test("a command that cannot be executed leaves no cgroup either")
        func notFound() throws {
            try withDelegatedGroup { group, wrapper in
                let outcome = try start(BerthRun(["--limit", Self.held!.limit], ["/not/there"]), in: wrapper)
                #expect(outcome.status == 127, "\(outcome)")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: group).allSatisfy { !$0.hasPrefix("berth-") })
            }
        }
    }
}
