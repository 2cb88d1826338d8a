import Foundation
import Testing

/// A line that a configuration file must not hold, and what the message must name beside the file.
struct WrongLine: Sendable, CustomTestStringConvertible {
    let text: String
    let key: String
    var testDescription: String { text }

    init(_ text: String, _ key: String) {
        self.text = text
        self.key = key
    }

    static let all = [
        WrongLine("no-such-key = 1", "no-such-key"), WrongLine("Home = \"/x\"", "Home"),
        WrongLine("home = 1", "home"), WrongLine("home = [\"/x\"]", "home"), WrongLine("home = \"\"", "home"),
        WrongLine("shared = \"/x\"", "shared"), WrongLine("shared = [1]", "shared"),
        WrongLine("uid = \"0\"", "uid"), WrongLine("uid = -1", "uid"), WrongLine("uid = 4294967295", "uid"),
        WrongLine("uid = 1.5", "uid"), WrongLine("gid = 4294967296", "gid"), WrongLine("gid = true", "gid"),
        WrongLine("pid-namespace = \"sometimes\"", "pid-namespace"),
        WrongLine("ownership = \"sometimes\"", "ownership"), WrongLine("ownership = false", "ownership"),
        WrongLine("account = true", "account"), WrongLine("account = -1", "account"),
        WrongLine("json-status-fd = -1", "json-status-fd"), WrongLine("json-status-fd = \"2\"", "json-status-fd"),
        WrongLine("dry-run = 1", "dry-run"), WrongLine("command = \"sh\"", "command"),
        WrongLine("command = []", "command"), WrongLine("[table]", "table"), WrongLine("home = ", ""),
        WrongLine("home \"/x\"", ""),
    ]
}

extension BerthIntegration {
    @Suite("Configuration: a file that says what options say") struct Configuration {
        private func file(_ tree: Tree, _ text: String) throws -> [String] {
            try make(tree.root + "/pod.toml", text)
            return ["--config", tree.root + "/pod.toml"]
        }

        @Test("everything that options say")
        func everything() throws {
            try withTree { tree in
                let options = try file(
                    tree,
                    """
                    home = "\(tree.home):\(tree.homeTarget)"
                    shared = ["\(tree.shared):\(tree.sharedTarget)"]
                    uid = 1234
                    gid = 4321
                    ownership = "check"
                    command = ["sh", "-c", "id -u; id -g; cat $HOME/mine \(tree.sharedTarget)/file"]
                    """)
                let outcome = try BerthRun(options, []).run()
                #expect(outcome.status == 0 && outcome.lines == ["1234", "4321", "minecanary"], "\(outcome)")
            }
        }

        @Test("the account may stand in the file", arguments: ["name", "number"])
        func account(_ kind: String) throws {
            try needRoot()
            try withTree { tree in
                let account = TestAccount.first
                let value = kind == "name" ? "\"\(account.name)\"" : "\(account.user)"
                let options = try file(tree, "home = \"\(tree.home):\(tree.homeTarget)\"\naccount = \(value)\n")
                let outcome = try Command(
                    [Machine.program("berth"), "run"] + options + ["--", "sh", "-c", "touch $HOME/file"]
                ).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try status(tree.home + "/file").st_uid == account.user)
            }
        }

        @Test("options win")
        func optionsWin() throws {
            try withTree { tree in
                let options = try file(
                    tree,
                    """
                    home = "/no/such/source:/no/such/target"
                    shared = ["/no/such/source:/no/such/target"]
                    uid = 1234
                    gid = 4321
                    ownership = "always"
                    command = ["false"]
                    """)
                let outcome = try BerthRun(
                    options + tree.options + ["--uid", "5", "--gid", "6", "--ownership", "off"],
                    script: "id -u; id -g; cat $HOME/mine \(tree.sharedTarget)/file"
                ).run()
                #expect(outcome.status == 0 && outcome.lines == ["5", "6", "minecanary"], "\(outcome)")
            }
        }

        @Test("a wrong line is an error with file, line and key, before anything happens", arguments: WrongLine.all)
        func wrongLine(_ line: WrongLine) throws {
            try withTree { tree in
                let before = try snapshot(tree.root + "/outside")
                let options = try file(tree, "# A comment.\n\n\(line.text)\n")
                let outcome = try BerthRun(options, ["touch", tree.home + "/started"]).run()
                #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                #expect(outcome.errors.contains("pod.toml") && outcome.errors.contains("3"), "\(outcome)")
                #expect(line.key.isEmpty || outcome.errors.contains(line.key), "\(outcome)")
                #expect(try snapshot(tree.root + "/outside") == before)
            }
        }

        @Test("a key that is given twice")
        func twice() throws {
            try withTree { tree in
                let options = try file(tree, "uid = 1\nuid = 2\n")
                let outcome = try BerthRun(options + tree.homeOption, ["true"]).run()
                #expect(outcome.status == 125 && outcome.errors.contains("pod.toml"), "\(outcome)")
            }
        }

        @Test("what is no regular file is refused and not waited for", arguments: ["fifo", "directory", "/dev/zero"])
        func noRegularFile(_ kind: String) throws {
            try withTree { tree in
                var path = "\(tree.root)/\(kind)"
                switch kind {
                case "fifo": mkfifo(path, 0o666)
                case "directory": try makeDirectory(path)
                default: path = kind
                }
                var run = BerthRun(["--config", path] + tree.homeOption, ["true"])
                run.deadline = 10
                let outcome = try run.run()
                #expect(outcome.status == 125 && outcome.errors.contains(path), "\(outcome)")
            }
        }
    }

    @Suite("Telling: --dry-run and --json-status-fd") struct Telling {
        @Test("--dry-run prints the plan and does nothing", arguments: Starter.allCases)
        func dryRun(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let before = try snapshot(tree.root)
                let outcome = try BerthRun(
                    tree.options + ["--dry-run"], ["touch", tree.home + "/started"], starter
                ).run()
                #expect(outcome.status == 0, "\(outcome)")
                for word in [tree.home, tree.homeTarget, tree.shared, tree.sharedTarget, "CHOWN", "DAC_OVERRIDE"] {
                    #expect(outcome.output.uppercased().contains(word.uppercased()), "\(word): \(outcome)")
                }
                #expect(try snapshot(tree.root) == before)
            }
        }

        @Test("--dry-run leaves a wrongly owned home as it is")
        func dryRunOwnership() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home, to: 0, 0)
                let before = try snapshot(tree.home)
                for mode in ["always", "on-root-mismatch"] {
                    let outcome = try BerthRun(
                        tree.options + ["--dry-run", "--ownership", mode], ["true"], .rootNamingAccount
                    ).run()
                    #expect(outcome.status == 0, "\(outcome)")
                }
                #expect(try snapshot(tree.home) == before)
            }
        }

        @Test("--dry-run finds what is wrong")
        func dryRunRefuses() throws {
            try withTree { tree in
                for options in [
                    ["--home", "\(tree.root)/no-such:\(tree.homeTarget)"],
                    ["--home", "\(tree.home):\(tree.root)/no-such"],
                ] {
                    let outcome = try BerthRun(options + ["--dry-run"], ["true"]).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("no-such"), "\(outcome)")
                }
            }
        }

        @Test("status lines tell the plan, each stage, start and end", arguments: Starter.allCases)
        func statusLines(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let (run, report) = try BerthRun(tree.options, script: "exit 9", starter).reporting(in: tree)
                try expect(status: 9, run.run())
                let events = try report.events().map { $0["stage"] as? String ?? $0["event"] as? String ?? "" }
                #expect(
                    events == [
                        "plan", "started", "mapped", "mounted", "owned", "dropped", "proof", "session-started",
                        "session-ended",
                    ])
                let plan = try report.event("plan") ?? [:]
                #expect(plan["identity"] != nil && (plan["mounts"] as? [Any])?.count == 2 && plan["ownership"] != nil)
                #expect(plan["command"] as? [String] == ["sh", "-c", "exit 9"])
                #expect(try report.event("session-ended")?["status"] as? Int == 9)
            }
        }

        @Test("stages carry what was read back from the kernel", arguments: Starter.allCases)
        func readBack(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let (run, report) = try BerthRun(tree.options, ["true"], starter).reporting(in: tree)
                try expect(status: 0, run.run())
                let map = try report.stage("mapped")?["uid_map"] as? String ?? ""
                #expect(map.hasPrefix("0 ") && map.hasSuffix(" 1"), "\(map)")
                #expect(try report.stage("mapped")?["setgroups"] as? String == "deny")
                let mounts = try report.stage("mounted")?["mounts"] as? [[String: Any]] ?? []
                #expect(mounts.compactMap { $0["target"] as? String } == [tree.homeTarget, tree.sharedTarget])
                #expect(mounts.compactMap { ($0["options"] as? [String])?.contains("ro") } == [false, true])
                let dropped = try report.stage("dropped") ?? [:]
                for set in ["effective", "permitted", "inheritable", "bounding", "ambient"] {
                    #expect(dropped[set] as? [String] == [], "\(set)")
                }
                #expect(dropped["no_new_privs"] as? Bool == true)
                #expect(dropped["securebits"] as? Int == 0xef)
                let proof = dropped["proof"] as? [[String: Any]] ?? []
                for attempt in ["create", "remount", "unmount"] {
                    let refused = proof.contains {
                        $0["path"] as? String == tree.sharedTarget && $0["attempt"] as? String == attempt
                            && !($0["refused"] as? String ?? "").isEmpty
                    }
                    #expect(refused, "\(attempt) of the shared mount is not proven")
                }
                #expect(proof.contains { $0["attempt"] as? String == "new namespace" })
            }
        }

        @Test("a failure is told as well, and no session is started")
        func failure() throws {
            try withTree { tree in
                let (run, report) = try BerthRun(
                    ["--home", "\(tree.root)/no-such:\(tree.homeTarget)"], ["true"]
                ).reporting(in: tree)
                try expect(status: 125, run.run())
                let error = try report.event("error") ?? [:]
                #expect(error["status"] as? Int == 125)
                #expect((error["message"] as? String ?? "").contains("no-such"))
                #expect(try report.event("session-started") == nil)
            }
        }

        @Test("a signal that ended the session is told")
        func signal() throws {
            try withTree { tree in
                let (run, report) = try BerthRun(tree.options, script: "kill -TERM $$").reporting(in: tree)
                try expect(status: 128 + SIGTERM, run.run())
                let end = try report.event("session-ended") ?? [:]
                #expect(end["status"] as? Int == Int(128 + SIGTERM))
                #expect(end["signal"] != nil)
            }
        }

        @Test("the session does not get the status descriptor")
        func descriptorIsKept() throws {
            try withTree { tree in
                let (run, _) = try BerthRun(tree.options, script: "ls /proc/self/fd | tr '\\n' ' '").reporting(in: tree)
                #expect(try run.run().output == "0 1 2 3 ")
            }
        }
    }
}
