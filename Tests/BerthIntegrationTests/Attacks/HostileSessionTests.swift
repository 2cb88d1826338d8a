import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("A hostile session: every way out that security.md names for (a) to (d)") struct HostileSession {
        private static let visible = "--keep-source-visible"

        private func check(_ outcome: Outcome, _ place: HostilePlace, victims: Int) {
            #expect(outcome.status == 0, "\(outcome.lines.last ?? "") \(outcome.errors)")
            let rows = outcome.attacks
            #expect(rows.count > 200, "\(outcome)")
            for promise in ["a", "b", "c", "d", "s"] { #expect(rows.contains { $0.promise == promise }, "\(promise)") }
            // Who serves the session must have been found, or nothing was tried on them.
            #expect(rows.filter { $0.attempt.hasPrefix("ptrace attach") }.count == victims)
            expectRefused(rows)
            #expect(place.isUntouched)
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
                let place = try HostilePlace(tree)
                let before = try snapshot(tree.shared)
                let isVisible = form.options.contains(Self.visible)
                let command = place.command(covered: !isVisible, inSight: isVisible)
                var run = BerthRun(tree.options + form.options, command, starter)
                // The account's own keys are its own; those of root are not.
                if Machine.isRoot && starter.prefix.isEmpty {
                    run.wrapper = [Machine.program("session-probe"), "plant-key"]
                }
                let outcome = try run.run()
                check(outcome, place, victims: form.victims)
                if starter == .ordinaryAccount {
                    printTable(outcome.attacks, of: "\(starter), \(form.options.joined(separator: " "))")
                }
                #expect(try snapshot(tree.shared) == before)
            }
        }

        @Test("in podman as well", .timeLimit(.minutes(10)))
        func inPodman() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    let place = try HostilePlace(tree)
                    let before = try snapshot(tree.shared)
                    let options = tree.options + ["--pid-namespace", "off"]
                    let outcome = try pod.run(tree, options, place.command(inSight: true))
                    check(outcome, place, victims: 3)
                    printTable(outcome.attacks, of: "podman \(pod.name)")
                    #expect(try snapshot(tree.shared) == before)
                }
            }
        }

        @Test("without the profile nothing else is open than what only the profile keeps shut")
        func withoutProfile() throws {
            try needTools("setcap")
            try withTree { tree in
                let attack = try HostilePlace(tree).command()
                let rows = try BerthRun(tree.options + ["--seccomp", "off"], attack).run().attacks
                let open = Set(rows.filter { !$0.isRefused }.map(\.attempt))
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
            "socket of the audit, by a protocol of more bits",
        ]

        @Test("the terminal cannot be typed into", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func terminal(_ starter: Starter) throws {
            try starter.needed()
            try needTools("script")
            try withTree { tree in
                let berth =
                    [Machine.program("berth"), "run"] + starter.options + tree.options + ["--", HostilePlace.program]
                // script(1) makes a terminal, and runs the words in it.
                let words = (starter.prefix + berth).joined(separator: " ") + " > \(tree.root)/table"
                try make(tree.root + "/table", mode: 0o666)
                let outcome = try Command("script", "--quiet", "--return", "--command", words, "/dev/null").run()
                let rows = contents(of: tree.root + "/table").split(separator: "\n").compactMap {
                    AttackRow(String($0))
                }
                let typing = rows.filter { $0.kind == "terminal injection" }
                // Refused by the filter, before anybody asks whether there is such a terminal.
                #expect(typing.count == 4 && typing.allSatisfy { $0.answer == "refused: ioctl: EPERM" }, "\(outcome)")
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
                let place = try HostilePlace(tree)
                let victim = try Command("sleep", "600").start()
                defer { victim.send(SIGKILL) }
                let places = [
                    "--rehearsal", "--home", tree.home, "--home-source", tree.home, "--shared", tree.shared,
                    "--shared-source", tree.shared, "--victim", "\(victim.process)",
                ]
                let outcome = try Command([HostilePlace.program] + places + place.programs).run()
                #expect(outcome.status == 1)
                let rows = outcome.attacks
                let succeeded = Set(rows.filter(\.succeeded).map(\.attempt))
                for name in Self.open + [
                    "ptrace attach to process \(victim.process)", "follow root of process \(victim.process)",
                ] {
                    #expect(succeeded.contains(name), "\(name): \(rows.first { $0.attempt == name }?.answer ?? "")")
                }
                for promise in ["a", "b", "c", "d"] {
                    let open = rows.filter { $0.promise == promise && $0.succeeded }.count
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
