import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Exit: the status that berth passes on") struct Exit {
        @Test("the session's own status passes through", arguments: [0, 1, 7, 124, 125, 126, 127, 255])
        func own(_ status: Int32) throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, script: "exit \(status)").run()
                #expect(outcome.status == status, "\(outcome)")
            }
        }

        @Test("128 and the signal's number", arguments: [SIGTERM, SIGKILL, SIGINT, SIGSEGV, SIGHUP, SIGUSR1])
        func bySignal(_ signal: Int32) throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, script: "ulimit -c 0; kill -\(signal) $$").run()
                #expect(outcome.status == 128 + signal, "\(outcome)")
            }
        }

        @Test("127 where the command is not found", arguments: ["no-such-command", "/no/such/command"])
        func notFound(_ command: String) throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, [command]).run()
                #expect(outcome.status == 127 && outcome.errors.contains(command), "\(outcome)")
                #expect(outcome.errors.hasPrefix("berth: "), "\(outcome)")
            }
        }

        @Test("126 where the command cannot be executed", arguments: ["/etc", "/etc/passwd"])
        func notExecutable(_ command: String) throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, [command]).run()
                #expect(outcome.status == 126 && outcome.errors.contains(command), "\(outcome)")
            }
        }

        @Test("126 for a command in the path that may not be executed, 127 for none")
        func searchedInPath() throws {
            try withTree { tree in
                try make(tree.home + "/command", "#!/bin/sh\n", mode: 0o644)
                var run = BerthRun(tree.options, ["command"])
                run.environment["PATH"] = "/nowhere:\(tree.homeTarget)"
                try expect(status: 126, run.run())
                run.command = ["another"]
                try expect(status: 127, run.run())
            }
        }

        @Test("125 where berth failed, and nothing was started")
        func failed() throws {
            try withTree { tree in
                let outcome = try BerthRun(
                    ["--home", "/no/such/source:\(tree.homeTarget)"], ["touch", tree.home + "/started"]
                ).run()
                #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
            }
        }

        @Test("arguments reach the command as they are: no shell, no options of berth's")
        func arguments() throws {
            try withTree { tree in
                let words = ["a b", "", "$HOME", "--home", "*", "'", "\\", "--", "-x", "ünï"]
                let outcome = try BerthRun(tree.options, ["printf", "<%s>\\n"] + words).run()
                #expect(outcome.lines == words.map { "<\($0)>" }, "\(outcome)")
            }
        }

        @Test("input, output and errors are the caller's")
        func streams() throws {
            try withTree { tree in
                let berth = [Machine.program("berth"), "run"] + tree.options + ["--", "sh", "-c", "cat; echo err >&2"]
                var command = Command(asAccount(.first) + berth)
                command.input = "in\n"
                let outcome = try command.run()
                #expect(outcome.status == 0 && outcome.output == "in\n" && outcome.errors == "err\n", "\(outcome)")
            }
        }

        @Test("the environment passes through but for who the session is inside")
        func environment() throws {
            try withTree { tree in
                var run = BerthRun(tree.options, ["env"])
                run.environment = ["PATH": "/usr/bin:/bin", "ODD": "a=b c"]
                let outcome = try run.run()
                let expected = [
                    "HOME=\(tree.homeTarget)", "LC_ALL=C.UTF-8", "LOGNAME=root", "ODD=a=b c", "PATH=/usr/bin:/bin",
                    "SHELL=\(String(cString: getpwuid(0)!.pointee.pw_shell))", "USER=root",
                ]
                #expect(outcome.lines.sorted() == expected, "\(outcome)")
            }
        }

        @Test("the session starts where berth was started, else in its home")
        func workingDirectory() throws {
            try withTree { tree in
                var run = BerthRun(tree.options, ["pwd"])
                run.directory = tree.root
                #expect(try run.run().output == tree.root + "\n")
                run.directory = tree.homeTarget
                run.command = ["sh", "-c", "pwd; cat mine"]
                #expect(try run.run().output == tree.homeTarget + "\nmine")
                try makeDirectory(tree.root + "/gone")
                run.wrapper = ["sh", "-c", "rmdir \(tree.root)/gone; exec \"$@\"", "sh"]
                if Machine.isRoot { chmod(tree.root, 0o777) }
                run.directory = tree.root + "/gone"
                run.command = ["pwd"]
                #expect(try run.run().output == tree.homeTarget + "\n")
            }
        }

        @Test("closed standard descriptors are no way in")
        func closedStreams() throws {
            try withTree { tree in
                let script = "ls -l /proc/self/fd > $HOME/list 2>&1; touch $HOME/done"
                let outcome = try Command(
                    asAccount(.first) + [
                        Machine.program("session-probe"), "without-stdio", Machine.program("berth"), "run",
                    ]
                        + tree.options + ["--", "sh", "-c", script]
                ).run()
                #expect(outcome.status == 0 && exists(tree.home + "/done"), "\(outcome)")
                #expect(!contents(of: tree.home + "/list").contains("fuse"))
                #expect(!contents(of: tree.home + "/list").contains(tree.root + "/outside"))
            }
        }
    }
}
