import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--profile: a named set of options, each of which can be overruled") struct ProfileOfTheSession {
        /// What a session of it is, found out from inside.
        private let script = """
            echo "processes $(ls -d /proc/[0-9]* | wc -l)"
            echo "interfaces $(grep -c : /proc/net/dev)"
            echo "variable ${CANARY-none}"
            [ "$(cut -d ' ' -f 6 /proc/self/stat)" = $$ ] && echo leader
            ulimit -n; ulimit -p; ulimit -c
            """

        private func session(_ options: [String], _ starter: Starter = .ordinaryAccount) throws -> Outcome {
            var run = BerthRun(options, script: script, starter)
            run.environment = ["CANARY": "passed"]
            return try run.run()
        }

        @Test("untrusted takes what it says", arguments: Starter.allCases)
        func untrusted(_ starter: Starter) throws {
            try starter.needed()
            let lines = try session(["--profile", "untrusted"], starter).lines
            #expect(lines.dropFirst(1) == ["interfaces 1", "variable none", "leader", "4096", "4096", "0"], "\(lines)")
            let processes = lines.first?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            #expect(processes > 1 && processes < 8, "\(lines)")
        }

        @Test("single options win, and a lower limit that berth has itself is kept")
        func overruled() throws {
            let options = [
                "--profile", "untrusted", "--network", "host", "--no-clear-env", "--no-new-session", "--limit",
                "core=4096,nproc=100",
            ]
            let lines = try session(options).lines
            #expect(lines.contains("variable passed") && !lines.contains("leader"), "\(lines)")
            #expect(lines.suffix(2) == ["100", "8"] && !lines.contains("interfaces 1"), "\(lines)")
            var run = BerthRun(["--profile", "untrusted"], script: "ulimit -n")
            run.wrapper = ["sh", "-c", "ulimit -n 512; exec \"$@\"", "sh"]
            let lowered = try run.run()
            #expect(lowered.output == "512\n", "\(lowered)")
        }

        @Test("the plan tells every value and who asked for it, from the command line and from a file")
        func told() throws {
            try withTree { tree in
                try make(tree.root + "/pod.toml", "profile = \"untrusted\"\nnetwork = \"host\"\n")
                let options = ["--config", tree.root + "/pod.toml", "--pid-namespace", "auto"]
                let dry = try BerthRun(options + ["--dry-run"], ["true"]).run()
                for line in [
                    "  untrusted: one layer beneath a container or virtual machine, not instead of it",
                    "  pid-namespace auto (asked for)", "  network host (asked for)", "  clear-env true",
                    "  limit files=4096",
                ] {
                    #expect(dry.lines.contains(line), "\(line): \(dry)")
                }
                let (run, report) = try BerthRun(options, ["true"]).reporting(in: tree)
                try expect(status: 0, run.run())
                let profile = try report.event("plan")?["profile"] as? [String: Any]
                #expect(profile?["name"] as? String == "untrusted")
                let settings = profile?["settings"] as? [[String: Any]] ?? []
                let asked = settings.filter { $0["asked_for"] as? Bool == true }.compactMap { $0["key"] as? String }
                #expect(asked == ["pid-namespace", "network"] && settings.count == 10, "\(settings)")
            }
        }

        @Test("trusted is what holds where nothing is said")
        func trusted() throws {
            let said = try session(["--profile", "trusted"])
            let unsaid = try session([])
            #expect(said.status == 0 && said.lines.dropFirst() == unsaid.lines.dropFirst(), "\(said) \(unsaid)")
        }

        @Test("where no pid namespace can be had, untrusted is refused, not weakened")
        func notWeakened() throws {
            try needRoot()
            var run = BerthRun(["--profile", "untrusted"], ["true"], .rootNamingAccount)
            run.wrapper = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc/fs; exec \"$@\"", "sh"]
            let outcome = try run.run()
            #expect(outcome.status == 125 && outcome.errors.contains("no pid namespace for the session"), "\(outcome)")
        }
    }
}
