import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("The command's environment, and its terminal") struct EnvironmentOfTheCommand {
        private func variables(_ run: BerthRun) throws -> [String: String] {
            let outcome = try run.run()
            expect(status: 0, outcome)
            let pairs = outcome.lines.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
            return Dictionary(pairs.map { (String($0[0]), String($0.last!)) }) { $1 }
        }

        /// A file of variables that is the account's alone.
        private func makeSecret(_ path: String, _ text: String, mode: mode_t = 0o600) throws {
            try make(path, text, mode: mode)
            if Machine.isRoot { chown(path, TestAccount.first.user, TestAccount.first.group) }
        }

        @Test("USER, LOGNAME, HOME and SHELL are those of the inside user", arguments: Starter.allCases)
        func insideUser(_ starter: Starter) throws {
            try starter.needed()
            let account = TestAccount.first
            try withTree { tree in
                let ids = ["--uid", "\(account.user)", "--gid", "\(account.group)"]
                let with = try variables(BerthRun(tree.homeOption + ids, ["env"], starter))
                let without = try variables(BerthRun(ids, ["env"], starter))
                let shell = String(cString: getpwuid(account.user)!.pointee.pw_shell)
                for (found, home) in [(with, tree.homeTarget), (without, account.home)] {
                    #expect(found["USER"] == account.name)
                    #expect(found["LOGNAME"] == account.name)
                    #expect(found["HOME"] == home)
                    #expect(found["SHELL"] == (shell.isEmpty ? "/bin/sh" : shell))
                }
            }
        }

        @Test("--clear-env leaves what is named, --env sets and passes on")
        func clear() throws {
            var run = BerthRun(
                ["--clear-env", "--env", "A=1=2", "--env", "KEPT", "--env", "ABSENT", "--env", "E="], ["env"])
            run.environment = ["KEPT": "k", "LOST": "l", "A": "before"]
            let found = try variables(run)
            #expect(Set(found.keys) == ["A", "E", "HOME", "KEPT", "LOGNAME", "PATH", "SHELL", "USER"])
            #expect(found["A"] == "1=2" && found["KEPT"] == "k" && found["E"] == "")
            #expect(found["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        }

        @Test("what is asked for wins over what berth sets, and the later over the earlier")
        func order() throws {
            try withTree { tree in
                try makeSecret(tree.home + "/env", "A=file\nB=file\nHOME=/file")
                let options = [
                    "--env", "A=first", "--env", "A=second", "--env-file", tree.home + "/env", "--env", "USER=me",
                ]
                let found = try variables(BerthRun(options, ["env"]))
                #expect(found["A"] == "second")
                #expect(found["B"] == "file")
                #expect(found["HOME"] == "/file")
                #expect(found["USER"] == "me")
                #expect(found["LOGNAME"] == "root")
            }
        }

        @Test("a configuration file says the same")
        func configured() throws {
            try withTree { tree in
                try makeSecret(tree.home + "/env", "B=2")
                let text = """
                    clear-env = true
                    env = ["A=1"]
                    env-file = ["\(tree.home)/env"]
                    new-session = true
                    """
                try make(tree.root + "/pod.toml", text, mode: 0o644)
                let found = try variables(BerthRun(["--config", tree.root + "/pod.toml"], ["env"]))
                #expect(found["A"] == "1" && found["B"] == "2" && found["LC_ALL"] == nil)
            }
        }

        @Test("credentials reach the command and nothing else", arguments: Starter.allCases)
        func credentials(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let path = tree.home + "/credentials"
                try makeSecret(path, "TOKEN=hunter2\nMALFORMED\n")
                let options = tree.options + ["--env-file", path, "--env", "OTHER=swordfish"]
                let (run, report) = try BerthRun(options, script: "echo $TOKEN $OTHER", starter).reporting(in: tree)
                let outcome = try run.run()
                #expect(outcome.output == "hunter2 swordfish\n", "\(outcome)")
                let shown = try BerthRun(options + ["--dry-run"], ["true"], starter).run()
                #expect(shown.status == 0 && shown.output.contains(path), "\(shown)")
                #expect(report.lines.joined().contains(path))
                for text in [report.lines.joined(), shown.output, shown.errors, outcome.errors] {
                    #expect(!text.contains("hunter2") && !text.contains("swordfish"))
                }
            }
        }

        @Test(
            "a file that is not the account's alone is refused, with nothing of it shown",
            arguments: [
                0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666,
            ] as [mode_t])
        func openToOthers(_ mode: mode_t) throws {
            try withTree { tree in
                let path = tree.home + "/env"
                try makeSecret(path, "A=hunter2", mode: mode)
                for more in [[], ["--dry-run"]] {
                    let outcome = try BerthRun(["--env-file", path] + more, ["true"]).run()
                    #expect(outcome.status == 125)
                    #expect(outcome.errors.hasPrefix("berth: env-file '\(path)' is open to others than its owner\n"))
                }
            }
        }

        @Test("nor one of another account, a pipe, a directory, or one with an error in it")
        func refused() throws {
            try withTree { tree in
                let path = tree.home + "/env"
                let refusal = { (path: String) throws -> String in
                    let outcome = try BerthRun(["--env-file", path], ["true"]).run()
                    #expect(outcome.status == 125)
                    return String(outcome.errors.split(separator: "\n").first ?? "")
                }
                try makeSecret(path, "A=1\nexport B=hunter2\n")
                #expect(try refusal(path) == "berth: env-file '\(path)': line 2: a blank in a variable's name")
                try makeSecret(path, "A=" + String(repeating: "x", count: 200_000))
                #expect(try refusal(path) == "berth: env-file '\(path)' is longer than 131072 bytes")
                unlink(path)
                #expect(try refusal(path) == "berth: openat '\(path)': No such file or directory")
                mkfifo(path, 0o600)
                if Machine.isRoot { chown(path, TestAccount.first.user, TestAccount.first.group) }
                #expect(try refusal(path) == "berth: env-file '\(path)' is not a regular file")
                #expect(try refusal(tree.home) == "berth: env-file '\(tree.home)' is not a regular file")
            }
        }

        @Test("root reads for the account only what the account may read", arguments: [Starter.rootNamingAccount])
        func readAsTheAccount(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let path = tree.root + "/env"
                try make(path, "A=1", mode: 0o600)
                let foreign = try BerthRun(["--env-file", path], ["true"], starter).run()
                #expect(foreign.status == 125 && foreign.errors.contains("Permission denied"), "\(foreign)")
                try make(path, "A=1", mode: 0o600)
                try makeDirectory(tree.root + "/closed", mode: 0o700)
                try makeSecret(tree.root + "/closed/env", "A=1")
                let closed = try BerthRun(["--env-file", tree.root + "/closed/env"], ["true"], starter).run()
                #expect(closed.status == 125 && closed.errors.contains("Permission denied"), "\(closed)")
                try makeSecret(tree.root + "/readable", "A=1", mode: 0o600)
                chown(tree.root + "/readable", 0, TestAccount.first.group)
                chmod(tree.root + "/readable", 0o640)
                let others = try BerthRun(["--env-file", tree.root + "/readable"], ["true"], starter).run()
                #expect(
                    others.status == 125 && others.errors.contains("belongs to uid 0, not to the account"), "\(others)")
            }
        }

        @Test("--new-session: the command leads a session of its own")
        func newSession() throws {
            let script = "cut -d ' ' -f 6 /proc/self/stat; echo $$"
            let with = try BerthRun(["--new-session"], script: script).run().lines
            #expect(with.count == 2 && with[0] == with[1], "\(with)")
            let without = try BerthRun([], script: script).run().lines
            #expect(without.count == 2 && without[0] != without[1], "\(without)")
        }

        /// What a script says in a session at a terminal, where somebody types a control character after a second.
        private func atTerminal(_ options: [String], _ script: String, typed: String = "") throws -> Outcome {
            try needTools("script")
            return try withTree { tree in
                try make(tree.root + "/script", script, mode: 0o644)
                let berth = asAccount(.first) + [Machine.program("berth"), "run"] + options
                let words = (berth + ["--", "sh", tree.root + "/script"]).joined(separator: " ")
                let input = "(sleep 1; printf '\(typed)'; sleep 2)"
                return try Command("sh", "-c", "\(input) | script --quiet --return --command 'exec \(words)' /dev/null")
                    .run()
            }
        }

        @Test("a new session has no terminal to open or type into, and still ends when its keys are typed")
        func terminal() throws {
            let open = "if true 2>/dev/null < /dev/tty; then echo has one; else echo has none; fi"
            #expect(try atTerminal([], open).output.contains("has one"))
            #expect(try atTerminal(["--new-session"], open).output.contains("has none"))
            let wait = "trap 'echo interrupted; exit 7' INT; sleep 20 & wait"
            for options in [[], ["--new-session"]] {
                let outcome = try atTerminal(options, wait, typed: "\\003")
                #expect(outcome.status == 7, "\(options) \(outcome)")
                #expect(outcome.output.contains("interrupted"))
            }
        }
    }
}
