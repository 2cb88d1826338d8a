import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--preserve-fd: what is named reaches the command, and nothing by which it could leave") struct Descriptors {
        /// A run that is started with further descriptors open, as the words of a shell open them.
        private func run(
            _ redirections: String, _ options: [String], _ command: [String], _ starter: Starter = .ordinaryAccount
        ) throws -> BerthRun {
            var run = BerthRun(options, command, starter)
            run.wrapper = ["sh", "-c", "exec \"$@\" \(redirections)", "sh"]
            return run
        }

        private let list = ["sh", "-c", "ls /proc/self/fd | tr '\\n' ' '"]

        @Test("those that are named, however, and no others", arguments: Starter.allCases)
        func named(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try make(tree.root + "/file", "words\n")
                let open = "3<\(tree.root)/file 4</dev/null 7<\(tree.root)/file 9</dev/null 10</dev/null"
                for (options, numbers) in [
                    ([], "0 1 2 3 "), (["--preserve-fd", "7"], "0 1 2 3 7 "),
                    (["--preserve-fd", "9,4", "--preserve-fd=0,9"], "0 1 2 3 4 9 "),
                ] {
                    // One more is that of ls itself, the lowest that is free.
                    let outcome = try run(open, tree.options + options, list, starter).run()
                    #expect(outcome.output == numbers, "\(outcome)")
                }
                let words = ["sh", "-c", "cat <&7"]
                let read = try run(open, tree.options + ["--preserve-fd", "7"], words, starter).run()
                #expect(read.output == "words\n", "\(read)")
            }
        }

        @Test("the status descriptor only if it is named")
        func statusDescriptor() throws {
            try withTree { tree in
                try make(tree.root + "/lines", mode: 0o666)
                let open = "9>>\(tree.root)/lines"
                let options = ["--json-status-fd", "9"]
                #expect(try run(open, options, list).run().output == "0 1 2 3 ")
                #expect(try run(open, options + ["--preserve-fd", "9"], list).run().output == "0 1 2 3 9 ")
            }
        }

        @Test("a configuration file names them, the plan and the proof tell them, and LISTEN_FDS stays")
        func told() throws {
            try withTree { tree in
                try make(tree.root + "/pod.toml", "preserve-fd = [4]\n")
                let options = ["--config", tree.root + "/pod.toml"]
                var started = try run("4</dev/null", options, ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; : <&4"])
                started.environment = ["LISTEN_FDS": "2", "LISTEN_PID": "77"]
                let (run, report) = try started.reporting(in: tree)
                let outcome = try run.run()
                #expect(outcome.status == 0 && outcome.output == "2 77\n", "\(outcome)")
                let session = try report.event("plan")?["session"] as? [String: Any]
                #expect(session?["preserved_descriptors"] as? [Int] == [4])
                let proof = try report.event("proof")?["descriptors"] as? [[String: Any]] ?? []
                #expect(proof.map { $0["number"] as? Int } == [0, 1, 2, 4])
                let dry = try self.run("4</dev/null", options + ["--dry-run"], ["true"]).run()
                #expect(dry.output.contains("\n  descriptors: 0, 1, 2, 4\n"), "\(dry)")
            }
        }

        /// What is opened, as which descriptor, and how berth calls it.
        private static let dangers: [(open: String, number: Int, words: String)] = [
            ("7</", 7, "a directory, by which"), ("7<$SHARED", 7, "a directory, by which"),
            ("7<$HOME_SOURCE", 7, "a directory, by which"), ("</", 0, "a directory, by which"),
            ("7<>/dev/fuse", 7, "the FUSE device"), ("<>/dev/fuse", 0, "the FUSE device"),
            ("7</proc/self/ns/net", 7, "'net:["), ("7</proc/self/ns/mnt", 7, "'mnt:["),
            ("7<$SHARED/file", 7, "a file of the shared source"),
            ("<$SHARED/directory/inner", 0, "a file of the shared source"),
            (">>$SHARED/file", 1, "a file of the shared source"),
        ]

        @Test(
            "ways out are refused, before anything happens and in a dry run",
            arguments: [
                Starter.ordinaryAccount, .rootNamingAccount, .namespaceRootWithRange,
            ])
        func refused(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                for (open, number, words) in Self.dangers {
                    let redirection = open.replacing("$SHARED", with: tree.shared)
                        .replacing("$HOME_SOURCE", with: tree.home)
                    let options = tree.options + (number > 2 ? ["--preserve-fd", "\(number)"] : [])
                    for more in [[], ["--dry-run"]] {
                        let command = ["touch", tree.homeTarget + "/ran"]
                        let outcome = try run(redirection, options + more, command, starter).run()
                        #expect(outcome.status == 125, "\(open): \(outcome)")
                        #expect(
                            outcome.errors.hasPrefix("berth: descriptor \(number) is \(words)"), "\(open): \(outcome)")
                    }
                    #expect(!exists(tree.home + "/ran"))
                }
                #expect(contents(of: tree.shared + "/file") == "canary")
            }
        }

        @Test("one that is not open is refused, also where berth would open it by itself")
        func closed() throws {
            for number in [3, 4, 5, 6, 11, 1_000_000, 2_147_483_647] {
                let outcome = try BerthRun(["--preserve-fd", "\(number)"], ["true"]).run()
                #expect(outcome.status == 125)
                #expect(outcome.errors.hasPrefix("berth: preserve-fd \(number): Bad file descriptor\n"), "\(outcome)")
            }
        }

        @Test("a file of the shared source's name elsewhere is no danger, nor is one beside the source")
        func harmless() throws {
            try withTree { tree in
                try makeDirectory(tree.shared + "2")
                try make(tree.shared + "2/file", "beside")
                let outcome = try run(
                    "7<\(tree.shared)2/file <\(tree.home)/mine", tree.options + ["--preserve-fd", "7"],
                    ["sh", "-c", "cat <&7; cat"]
                ).run()
                #expect(outcome.output == "besidemine", "\(outcome)")
            }
        }

        @Test("a bound copy of the shared source is known as well")
        func bound() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/bound")
                var run = BerthRun(tree.options, ["true"], .rootNamingAccount)
                let script =
                    "mount --bind \(tree.outside) \(tree.root)/bound; exec \"$@\" <\(tree.root)/bound/shared/file"
                run.wrapper = ["unshare", "--mount", "sh", "-c", script, "sh"]
                let outcome = try run.run()
                #expect(outcome.errors.hasPrefix("berth: descriptor 0 is a file of the shared source"), "\(outcome)")
                // Opened in one mount namespace, started in another.
                let there = "exec unshare --mount \"$@\" <\(tree.shared)/directory/inner"
                run.wrapper = ["sh", "-c", there, "sh"]
                let other = try run.run()
                #expect(other.errors.hasPrefix("berth: descriptor 0 is a file of the shared source"), "\(other)")
            }
        }

        @Test("berth's other processes do not hold them, and inspect marks them")
        func others() throws {
            try needRoot()
            try withTree { tree in
                try make(tree.root + "/given", "x")
                let wait = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done"
                let started = try run(
                    "7<\(tree.root)/given", tree.options + ["--preserve-fd", "7"], ["sh", "-c", wait],
                    .rootNamingAccount)
                let (run, report) = try started.reporting(in: tree)
                let running = try run.start()
                let session = try report.wait(forEvent: "session-started", by: running)["pid"] as? Int ?? 0
                for server in try report.servers() {
                    let held = try Command("ls", "-l", "/proc/\(server)/fd").run().output
                    #expect(held.contains("fuse") && !held.contains("given"), "\(held)")
                }
                let answer = try InspectAnswer(
                    try Command(Machine.program("berth"), "inspect", "--json", report.path).run())
                #expect(answer.outcome.status == 0, "\(answer.trouble)")
                let line = answer.lines.first { $0.process == session && $0.item == "descriptor 7" }
                #expect(
                    line?.value == [tree.root + "/given", "preserved"] && line?.mark == "holds", "\(answer.trouble)")
                #expect(answer.lines.first { $0.process == session && $0.item == "descriptor 0" }?.value.count == 1)
                try make(tree.home + "/go")
                try expect(status: 0, running.wait())
            }
        }
    }
}
