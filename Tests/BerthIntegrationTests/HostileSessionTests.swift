import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("A hostile session: every way out that security.md names for (a) to (d)") struct HostileSession {
        private static let visible = "--keep-source-visible"
        private static let program = Machine.program("hostile-session")

        /// What an attack is made upon: a canary and a landing place beside the home's source, programs with power.
        private func prepare(_ tree: Tree) throws -> [String] {
            let outside = tree.root + "/outside"
            try make(outside + "/canary", "secret")
            try make(outside + "/closed", "secret", mode: 0)
            try make(outside + "/readable", "readable", mode: 0o666)
            try makeDirectory(outside + "/landing", mode: 0o777)
            try Command(Self.program, "prepare", tree.shared).mustRun()
            try Command("chown", "-R", "-h", "\(TestAccount.first.user):\(TestAccount.first.group)", tree.shared)
                .mustRun()
            var options = [
                "--home", tree.homeTarget, "--home-source", tree.home, "--shared", tree.sharedTarget, "--shared-source",
                tree.shared,
            ]
            if !Machine.isRoot { return options }
            for place in [tree.home, tree.shared] {
                mknod(place + "/planted-device", S_IFCHR | 0o666, 0x105)
                chmod(place + "/planted-device", 0o666)
            }
            for (name, option) in [("set-uid", "--set-uid-program"), ("capable", "--capability-program")] {
                let copy = "\(tree.root)/\(name)"
                try FileManager.default.copyItem(atPath: Self.program, toPath: copy)
                if name == "set-uid" {
                    chmod(copy, 0o6755)
                } else {
                    try Command("setcap", "cap_chown,cap_dac_override=ep", copy).mustRun()
                }
                options += [option, copy]
            }
            return options
        }

        private func check(_ outcome: Outcome, _ tree: Tree, victims: Int) {
            #expect(outcome.status == 0, "\(outcome.lines.last ?? "") \(outcome.errors)")
            let rows = outcome.lines.map { $0.split(separator: "\t").map(String.init) }.filter { $0.count == 4 }
            #expect(rows.count > 200, "\(outcome)")
            for promise in ["a", "b", "c", "d"] { #expect(rows.contains { $0[0] == promise }, "\(promise)") }
            // Who serves the session must have been found, or nothing was tried on them.
            #expect(rows.filter { $0[1].hasPrefix("ptrace attach") }.count == victims)
            for row in rows where !row[3].hasPrefix("refused") {
                Issue.record("(\(row[0])) \(row[1]): \(row[3]), expected \(row[2])")
            }
            #expect((try? FileManager.default.contentsOfDirectory(atPath: tree.root + "/outside/landing")) == [])
            #expect(contents(of: tree.root + "/outside/readable") == "readable")
        }

        /// Without a pid namespace, berth itself and the two file servers are there to be attacked; with one, only its
        /// first process. Sources that stay visible can be attacked by their own paths.
        @Test(
            "every way is closed", .timeLimit(.minutes(10)), arguments: Starter.allCases,
            [(options: ["--pid-namespace", "require"], victims: 1), (["--pid-namespace", "off", visible], 3)])
        func closed(_ starter: Starter, _ form: (options: [String], victims: Int)) throws {
            try starter.needed()
            try needTools("setcap")
            try withTree { tree in
                let arguments = try prepare(tree)
                let before = try snapshot(tree.shared)
                let covered = form.options.contains(Self.visible) ? [] : ["--sources-covered"]
                var run = BerthRun(tree.options + form.options, [Self.program] + covered + arguments, starter)
                run.deadline = 300.0
                // The account's own keys are its own; those of root are not.
                if Machine.isRoot && starter.prefix.isEmpty {
                    run.wrapper = [Machine.program("session-probe"), "plant-key"]
                }
                check(try run.run(), tree, victims: form.victims)
                #expect(try snapshot(tree.shared) == before)
            }
        }

        @Test("without the profile nothing else is open than what only the profile keeps shut")
        func withoutProfile() throws {
            try needTools("setcap")
            try withTree { tree in
                let attack = [Self.program, "--sources-covered"] + (try prepare(tree))
                let run = BerthRun(tree.options + ["--seccomp", "off"], attack)
                let rows = try run.run().lines.map { $0.split(separator: "\t").map(String.init) }.filter {
                    $0.count == 4
                }
                let open = Set(rows.filter { !$0[3].hasPrefix("refused") }.map { $0[1] })
                #expect(rows.count > 200)
                #expect(open.isSubset(of: Self.onlyByProfile), "\(open.subtracting(Self.onlyByProfile))")
                #expect(!open.isEmpty)
            }
        }

        private static let onlyByProfile: Set = [
            "io_uring_setup", "userfaultfd", "as a program of 32 bits: userfaultfd", "perf_event_open",
            "bpf: a program",
            "kernel log", "personality that lets page 0 be mapped", "socket that leaves a virtual machine",
            "socket of the kernel's ciphers", "socket of the audit",
        ]

        @Test("the terminal cannot be typed into", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func terminal(_ starter: Starter) throws {
            try starter.needed()
            try needTools("script")
            try withTree { tree in
                let berth = [Machine.program("berth"), "run"] + starter.options + tree.options + ["--", Self.program]
                // script(1) makes a terminal, and runs the words in it.
                let words = (starter.prefix + berth).joined(separator: " ") + " > \(tree.root)/table"
                try make(tree.root + "/table", mode: 0o666)
                let outcome = try Command("script", "--quiet", "--return", "--command", words, "/dev/null").run()
                let rows = contents(of: tree.root + "/table").split(separator: "\n").filter { $0.contains("(TIOCSTI)") }
                #expect(rows.count == 1 && rows[0].contains("refused: TIOCSTI: "), "\(rows) \(outcome)")
            }
        }

        @Test("descriptors that berth was given do not reach the session")
        func inheritedDescriptors() throws {
            try withTree { tree in
                let berth = asAccount(.first) + [Machine.program("berth"), "run"] + tree.options
                let script = "exec 7<\(tree.shared) 8>>\(tree.home)/mine 9</; exec \"$@\""
                let outcome = try Command(
                    ["sh", "-c", script, "sh"] + berth + ["--", "sh", "-c", "ls /proc/self/fd | tr '\\n' ' '"]
                ).run()
                #expect(outcome.output == "0 1 2 3 ", "\(outcome)")
            }
        }

        @Test("the attempts can succeed: outside a session, as root, most do")
        func canSucceed() throws {
            try needRoot()
            try needTools("setcap")
            try withTree { tree in
                let arguments = try prepare(tree)
                let victim = try Command("sleep", "600").start()
                defer { victim.send(SIGKILL) }
                let places = [
                    "--rehearsal", "--home", tree.home, "--home-source", tree.home, "--shared", tree.shared,
                    "--shared-source",
                    tree.shared, "--victim", "\(victim.process)",
                ]
                var command = Command([Self.program] + places + arguments.suffix(4))
                command.deadline = 300.0
                let outcome = try command.run()
                #expect(outcome.status == 1)
                let rows = outcome.lines.map { $0.split(separator: "\t").map(String.init) }.filter { $0.count == 4 }
                let succeeded = Set(rows.filter { $0[3] == "SUCCEEDED" }.map { $0[1] })
                for name in Self.open + [
                    "ptrace attach to process \(victim.process)", "follow root of process \(victim.process)",
                ] {
                    #expect(succeeded.contains(name), "\(name): \(rows.first { $0[1] == name } ?? [])")
                }
                for promise in ["a", "b", "c", "d"] {
                    let open = rows.filter { $0[0] == promise && $0[3] == "SUCCEEDED" }.count
                    #expect(open >= 8, "of (\(promise)) only \(open) succeeded")
                }
            }
        }

        /// Some of what must be possible where nobody prevents it.
        private static let open = [
            "hold a capability", "capset: permitted and effective", "capset: inheritable, then the ambient set",
            "securebits: unlock root's exec", "exec as uid 0", "exec of a set-uid program", "exec of a capable program",
            "become another user", "do without no_new_privs", "unshare: user", "clone: user and mount", "clone3: mount",
            "umount shared", "remount the binding of shared writable", "mount_setattr of shared", "tmpfs over shared",
            "clone of shared's tree", "move_mount of shared", "pivot_root to shared", "fsopen: tmpfs", "create: shared",
            "open for writing: shared", "rename out: shared", "hard link out, then write: shared",
            "open by a handle: shared",
            "unnamed file, then a name: shared", "map a descriptor for writing: shared", "chmod: shared",
            "dot-dot of the home", "relative link out of the home", "link that changes under the server's feet",
            "hard link of a file outside",
            "io_uring_setup", "userfaultfd", "perf_event_open", "as a program of 32 bits: unshare",
            "handle of the home's directory", "open a planted device",
        ]
    }
}
