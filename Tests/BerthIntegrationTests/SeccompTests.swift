import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--seccomp: what a session may call") struct SeccompProfiles {
        /// Makes calls by name and prints how each was answered.
        private func answers(_ options: [String], _ calls: [String]) throws -> [String] {
            let run = BerthRun(options, [Machine.program("session-probe"), "calls"] + calls)
            let outcome = try run.run()
            expect(status: 0, outcome)
            return outcome.lines
        }

        private func withProfile(_ text: String, _ body: (String) throws -> Void) throws {
            try withTree { tree in
                let path = tree.root + "/profile.json"
                try make(path, text, mode: 0o644)
                try body(path)
            }
        }

        private let namespaces = [
            "unshare EPERM", "mount EPERM", "clone3 ENOSYS", "ioctl-TIOCSTI EPERM", "ioctl-TIOCLINUX EPERM",
            "keyctl EPERM", "32-unshare EPERM",
        ]
        private var namespaceCalls: [String] { namespaces.map { String($0.split(separator: " ")[0]) } }

        @Test(
            "whatever is asked for, namespaces, mounts, keyrings and typing are refused",
            arguments: [
                [], ["--seccomp", "default"], ["--seccomp", "off"],
            ])
        func always(_ options: [String]) throws { #expect(try answers(options, namespaceCalls) == namespaces) }

        @Test("a profile that allows everything allows none of that either")
        func alwaysWithProfile() throws {
            let everything = namespaceCalls.map { $0.split(separator: "-").map(String.init).last! }
            let names = (everything + ["ioctl"]).map { "\"\($0)\"" }.joined(separator: ",")
            let profile =
                #"{"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_X86"],"syscalls":[{"names":[\#(names)],"action":"SCMP_ACT_ALLOW"}]}"#
            try withProfile(profile) { path in
                let given = try answers(["--seccomp", path], namespaceCalls)
                #expect(given == namespaces)
            }
        }

        @Test("a call by x32's numbers ends the process, whatever is asked for", arguments: ["default", "off"])
        func x32(_ profile: String) throws {
            #if arch(x86_64)
                let getpid = "call-\(0x4000_0000 + 39)"
                let run = BerthRun(["--seccomp", profile], [Machine.program("session-probe"), "calls", getpid])
                expect(status: 128 + SIGSYS, try run.run())
            #endif
        }

        @Test("default refuses what a session has no use for, off does not")
        func defaultProfile() throws {
            let calls = ["userfaultfd", "socket-38", "socket-2", "socket-44", "32-socket", "call-1000"]
            let expected = [
                "userfaultfd EPERM", "socket-38 EAFNOSUPPORT", "socket-2 0", "socket-44 EAFNOSUPPORT",
                "32-socket EAFNOSUPPORT", "call-1000 ENOSYS",
            ]
            let given = try answers([], calls)
            #expect(given == expected)
            let off = try answers(["--seccomp", "off"], ["userfaultfd"])
            #expect(off == ["userfaultfd 0"] || off == ["userfaultfd ENOSYS"], "\(off)")
        }

        @Test("a file is obeyed: actions, numbers, arguments, and more than one filter")
        func file() throws {
            let profile = """
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
                  {"names": ["userfaultfd", "frobnicate", "frob2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
                  {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 71,
                   "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]},
                  {"names": ["getsid"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
                """
            try withProfile(profile) { path in
                let calls = ["userfaultfd", "socket-2", "socket-10", "socket-1", "getsid"]
                let expected = ["userfaultfd EIO", "socket-2 EPROTO", "socket-10 EPROTO", "socket-1 0", "getsid 0"]
                let given = try answers(["--seccomp", path], calls)
                #expect(given == expected)
            }
        }

        @Test("of several rules for a call, the first that looks at no argument counts, as with the engines")
        func severalRules() throws {
            let fails = { (number: Int32) in #""action":"SCMP_ACT_ERRNO","errnoRet":\#(number)"# }
            let whereZero = #""args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]"#
            func profile(_ rules: [String]) -> String {
                let listed = rules.map { #"{"names":["getsid"],\#($0)}"# }.joined(separator: ",")
                return #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[\#(listed)]}"#
            }
            let conditional = fails(EPROTO) + "," + whereZero
            for rules in [[fails(EIO), fails(EPERM)], [fails(EIO), conditional], [conditional, fails(EIO)]] {
                try withProfile(profile(rules)) { path in
                    let given = try answers(["--seccomp", path], ["getsid"])
                    #expect(given == ["getsid EIO"], "\(rules)")
                }
            }
            try withProfile(profile([conditional, fails(EIO) + "," + whereZero])) { path in
                let refused = try BerthRun(["--seccomp", path], ["true"]).run()
                #expect(refused.status == 125 && refused.errors.contains("answer this call differently"), "\(refused)")
            }
        }

        @Test("the status lines tell of names that the library does not know")
        func unknownNames() throws {
            try withTree { tree in
                let path = tree.root + "/profile.json"
                let names = #""names":["frobnicate","frob2","read"]"#
                try make(
                    path, #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{\#(names),"action":"SCMP_ACT_LOG"}]}"#,
                    mode: 0o644)
                let (run, report) = try BerthRun(["--seccomp", path], ["true"]).reporting(in: tree)
                expect(status: 0, try run.run())
                let made = try report.stage("dropped")?["seccomp_profile"] as? [String: Int]
                #expect(made == ["filters": 1, "rules": 1, "names": 3, "unknown_names": 2])
                let session = try report.event("plan")?["session"] as? [String: Any]
                let planned = session?["seccomp"] as? [String: Any]
                #expect(planned?["profile"] as? String == "file")
                #expect(planned?["path"] as? String == path)
            }
        }

        @Test("a call that ends the process ends the session with SIGSYS")
        func kill() throws {
            let killed = #"{"names":["userfaultfd"],"action":"SCMP_ACT_KILL_PROCESS"}"#
            try withProfile(#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[\#(killed)]}"#) { path in
                let run = BerthRun(["--seccomp", path], [Machine.program("session-probe"), "calls", "userfaultfd"])
                expect(status: 128 + SIGSYS, try run.run())
            }
        }

        @Test(
            "the engines' own profiles are read",
            arguments: [
                "/usr/share/containers/seccomp.json", "/etc/containers/seccomp.json",
            ])
        func engines(_ path: String) throws {
            guard access(path, R_OK) == 0 else { return }
            let run = BerthRun(
                ["--seccomp", path], script: "ls / > /dev/null && grep Seccomp_filters /proc/self/status")
            let outcome = try run.run()
            #expect(outcome.output == "Seccomp_filters:\t2\n", "\(outcome)")
        }

        @Test("a profile that is not a regular file, or wrong, is refused before anything happens")
        func refused() throws {
            try withTree { tree in
                let path = tree.root + "/profile"
                mkfifo(path, 0o644)
                let pipe = try BerthRun(["--seccomp", path], ["true"]).run()
                #expect(pipe.status == 125)
                #expect(pipe.errors == "berth: seccomp profile '\(path)' is not a regular file\n")
                unlink(path)
                try make(path, "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", mode: 0o644)
                let notify = try BerthRun(["--seccomp", path], ["true"]).run()
                #expect(notify.status == 125)
                #expect(notify.errors.hasPrefix("berth: seccomp profile '\(path)': defaultAction: berth has nobody"))
                let missing = try BerthRun(["--seccomp", path + "-not", "--dry-run"], ["true"]).run()
                #expect(missing.status == 125)
            }
        }

        @Test("a configuration file names a profile as well, and the plan shows it")
        func configured() throws {
            try withTree { tree in
                let path = tree.root + "/pod.toml"
                try make(path, "seccomp = \"off\"\n", mode: 0o644)
                let shown = try BerthRun(["--config", path, "--dry-run"], ["true"]).run()
                #expect(shown.output.contains("seccomp: no profile; namespaces, mounts"), "\(shown)")
                let won = try BerthRun(["--config", path, "--seccomp", "default", "--dry-run"], ["true"]).run()
                #expect(won.output.contains("seccomp: the default profile; "), "\(won)")
            }
        }

        @Test(
            "ordinary programs run under the default profile",
            arguments: [
                "python3 -c 'import threading, multiprocessing, socket, ctypes, os; p = multiprocessing.Pool(2); print(sum(p.map(abs, [1, -2])))'",
                "tar -cf - /etc/passwd 2>/dev/null | tar -tf -", "git init -q . && git status -s", "perl -e 'print 1'",
                "echo 'int main(){return 0;}' | cc -x c -o a.out - && ./a.out", "sort -u /etc/passwd | wc -l",
                "timeout 5 sleep 0.1",
                "dd if=/dev/zero of=f bs=4k count=4 2>/dev/null && cp --reflink=auto f g && cmp f g",
            ])
        func ordinary(_ script: String) throws {
            let name = String(script.split { " |".contains($0) }.first { !["echo", "'int"].contains($0) } ?? "")
            guard try Command("sh", "-c", "command -v \(name)").run().status == 0 else { return }
            try withTree { tree in
                let outcome = try BerthRun(tree.options, script: "cd \(tree.homeTarget) && \(script)").run()
                expect(status: 0, outcome)
            }
        }
    }
}
