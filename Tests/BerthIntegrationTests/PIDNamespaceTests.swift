import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("The session's pid namespace") struct PIDNamespace {
        @Test("it holds the session's processes and its first one, which cannot be ended", arguments: Starter.allCases)
        func contents(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = """
                    cat /proc/[0-9]*/comm
                    grep -a -e --home /proc/1/cmdline
                    kill -KILL 1; kill -TERM 1; kill -STOP 1; kill -KILL $OUTER && echo killed; cat /proc/1/environ
                    [ -e /proc/$OUTER ] || echo hidden
                    """
                var run = BerthRun(tree.homeOption + ["--pid-namespace", "require"], script: script, starter)
                run.environment["OUTER"] = "\(getpid())"
                let outcome = try run.run()
                expect(status: 0, outcome)
                #expect(outcome.lines.sorted() == ["berth", "hidden", "sh"], "\(outcome)")
            }
        }

        @Test("whatever the session forked goes with berth, however berth ends")
        func endsWithBerth() throws {
            try withTree { tree in
                let word = "berth-test-\(getpid())-leftover"
                let script = "setsid sh -c 'sleep 600; : \(word)' & touch $HOME/ready; sleep 600"
                let running = try BerthRun(
                    tree.homeOption + ["--pid-namespace", "require"], script: script
                ).start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                running.send(SIGKILL)
                _ = try running.wait()
                try waitUntil("nothing is left of it") {
                    try Command("pgrep", "-f", word).run().output.isEmpty
                }
            }
        }

        @Test("where parts of /proc are covered, auto goes on without and says so, and require refuses")
        func coveredProc() throws {
            try needRoot()
            try withTree { tree in
                let covered = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc/fs; exec \"$@\"", "sh"]
                var run = BerthRun(tree.homeOption, ["true"], .rootNamingAccount)
                run.wrapper = covered
                let (reporting, report) = try run.reporting(in: tree)
                try expect(status: 0, reporting.run())
                let dropped = try report.stage("dropped")
                #expect(dropped?["pid_namespace"] as? Bool == false)
                #expect((dropped?["pid_namespace_refused"] as? String)?.contains("Operation not permitted") == true)
                run = BerthRun(
                    tree.homeOption + ["--pid-namespace", "require"], ["touch", tree.homeTarget + "/ran"],
                    .rootNamingAccount)
                run.wrapper = covered
                let refused = try run.run()
                #expect(refused.status == 125 && refused.errors.contains("no pid namespace for the session"))
                #expect(!exists(tree.home + "/ran"))
            }
        }
    }
}
