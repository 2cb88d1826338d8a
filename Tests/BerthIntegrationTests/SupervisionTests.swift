import Foundation
import Glibc
import Testing

/// The processes whose arguments hold this word.
private func processes(with word: String) -> [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.filter { contents(of: "/proc/\($0)/cmdline").contains(word) }
}

private func isGone(_ process: pid_t) -> Bool { kill(process, 0) == -1 && errno == ESRCH }

extension BerthIntegration {
    @Suite("Supervision: signals, orphans, the end") struct Supervision {
        private static let probe = Machine.program("session-probe")

        @Test("signals sent to berth reach the session", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func signals(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let log = tree.home + "/signals"
                let running = try BerthRun(
                    tree.options, [Self.probe, "signals", tree.homeTarget + "/signals"], starter
                ).start()
                try waitUntil("the session waits for signals", by: running) { contents(of: log) == "ready\n" }
                var expected = "ready\n"
                for signal in [SIGUSR1, SIGHUP, SIGINT, SIGWINCH, SIGUSR2, SIGQUIT, SIGTERM] {
                    running.send(signal)
                    expected += "\(signal)\n"
                    try waitUntil("signal \(signal) arrives: \(contents(of: log))") { contents(of: log) == expected }
                }
                try expect(status: 0, running.wait())
            }
        }

        @Test(
            "a signal that ends the session ends berth with 128 and its number", arguments: [SIGTERM, SIGINT, SIGHUP])
        func endedBySignal(_ signal: Int32) throws {
            try withTree { tree in
                let running = try BerthRun(tree.options, script: "touch $HOME/ready; exec sleep 600").start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                running.send(signal)
                try expect(status: 128 + signal, running.wait(20))
            }
        }

        @Test(
            "orphans become children of berth, or of the pid namespace's first process, and are reaped",
            arguments: ["off", "require"])
        func orphans(_ namespace: String) throws {
            try withTree { tree in
                let running = try BerthRun(
                    tree.options + ["--pid-namespace", namespace],
                    script: """
                        \(Self.probe) orphan $HOME/orphan; until [ -s $HOME/orphan ]; do sleep 0.02; done
                        touch $HOME/ready; until [ -e $HOME/go ]; do sleep 0.02; done
                        """
                ).start()
                try waitUntil("the orphan has ended", by: running) { exists(tree.home + "/ready") }
                let parent = namespace == "off" ? running.process : 1
                #expect(contents(of: tree.home + "/orphan") == "\(parent)\n")
                try waitUntil("no zombie is left") {
                    let session = try Command("ps", "-e", "-o", "stat=,args=").run().lines
                    return !session.contains { $0.hasPrefix("Z") && $0.contains("session-probe") }
                }
                try make(tree.home + "/go")
                try expect(status: 0, running.wait())
            }
        }

        @Test(
            "what the session leaves running is ended",
            arguments: [
                "sleep 600 &", "setsid sleep 600 &", "(trap '' TERM HUP INT; exec sleep 600) &",
                "(sleep 600 & sleep 600 & sleep 600) & sleep 0.1",
            ], ["off", "require"])
        func backgroundChildren(_ script: String, _ namespace: String) throws {
            try withTree { tree in
                let marker = tree.root + "/marker"
                try make(marker, "#!/bin/sh\n" + script + "\nsleep 0.1\nexit 3\n", mode: 0o755)
                let outcome = try BerthRun(
                    tree.options + ["--pid-namespace", namespace],
                    script: "cd $HOME; ln -sf /bin/sleep berth-test-sleep; sh \(marker) > /dev/null 2>&1; exit 3"
                ).run()
                #expect(outcome.status == 3, "\(outcome)")
                #expect(processes(with: tree.root) == [])
            }
        }

        @Test("data mapped and written just before the end is on the source", arguments: Starter.allCases)
        func mappedData(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(
                    tree.options, [Self.probe, "map-write", tree.homeTarget + "/mapped", "8192"], starter
                ).run()
                #expect(outcome.status == 128 + SIGKILL, "\(outcome)")
                let bytes = FileManager.default.contents(atPath: tree.home + "/mapped") ?? Data()
                #expect(bytes.count == 8192 << 10 && bytes.allSatisfy { $0 == 0x6d })
            }
        }

        @Test("data written by a background process is on the source")
        func backgroundData() throws {
            try withTree { tree in
                let script = "(dd if=/dev/zero of=$HOME/data bs=1M count=32 2>/dev/null; touch $HOME/done) & wait"
                try expect(status: 0, BerthRun(tree.options, script: script).run())
                #expect(try status(tree.home + "/data").st_size == 32 << 20)
            }
        }

        @Test(
            "many processes that are left behind are ended, also those that ignore SIGTERM",
            arguments: ["off", "require"])
        func manyLeftovers(_ namespace: String) throws {
            try withTree { tree in
                // More of them than 50 ms intervals in the time that they are given.
                let script = """
                    for n in $(seq 300); do sleep 600 & done
                    for n in $(seq 10); do (trap '' TERM; sleep 600; sleep 600) & done; exit 3
                    """
                let options = tree.homeOption + ["--pid-namespace", namespace]
                try expect(status: 3, BerthRun(options, script: script).run())
            }
        }

        @Test("berth as process 1 of a pid namespace", arguments: [Starter.rootNamingAccount, .ordinaryAccount])
        func asProcessOne(_ starter: Starter) throws {
            try starter.needed()
            try needRoot()
            try withTree { tree in
                let become = starter == .ordinaryAccount ? asAccount(.first) : []
                let berth = [Machine.program("berth"), "run"] + starter.options + tree.options
                let script = """
                    \(Self.probe) orphan $HOME/orphan; until [ -s $HOME/orphan ]; do sleep 0.02; done
                    sleep 600 & echo written > $HOME/written; exit 5
                    """
                let outcome = try Command(
                    ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"] + become + berth + [
                        "--", "sh", "-c", script,
                    ]
                ).run()
                #expect(outcome.status == 5, "\(outcome)")
                #expect(contents(of: tree.home + "/orphan") == "1\n")
                #expect(contents(of: tree.home + "/written") == "written\n")
            }
        }

        @Test("killing berth leaves no process behind", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func killed(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let (run, report) = try BerthRun(
                    tree.options, script: "touch $HOME/ready; exec sleep 600", starter
                ).reporting(in: tree)
                let running = try run.start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                let started = try report.wait(forEvent: "session-started", by: running)
                let all = try report.servers() + [pid_t(started["pid"] as? Int ?? 0)]
                #expect(all.count == 3 && !all.contains(0))
                running.send(SIGKILL)
                _ = try running.wait()
                try waitUntil("processes \(all) are gone", within: 10) { all.allSatisfy(isGone) }
                #expect(processes(with: tree.root) == [])
            }
        }

        @Test("a file server that is killed ends nothing but its mount")
        func killedServer() throws {
            try withTree { tree in
                let (run, report) = try BerthRun(
                    tree.options,
                    script: """
                        touch $HOME/ready; while stat -f \(tree.sharedTarget) >/dev/null 2>&1; do sleep 0.02; done
                        cat $HOME/mine; exit 4
                        """
                ).reporting(in: tree)
                let running = try run.start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                let mounts = try report.wait(forStage: "mounted", by: running)["mounts"] as? [[String: Any]] ?? []
                let shared = mounts.first { $0["kind"] as? String == "shared" }?["file_server"] as? Int ?? 0
                #expect(shared > 1)
                if shared > 1 { kill(pid_t(shared), SIGKILL) }
                let outcome = try running.wait(30)
                #expect(outcome.status == 4 && outcome.output == "mine", "\(outcome)")
            }
        }

        @Test("the mounts are never seen outside", arguments: Starter.allCases)
        func mountsOutside(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let running = try BerthRun(
                    tree.options, script: "touch $HOME/ready; until [ -e $HOME/go ]; do sleep 0.02; done", starter
                ).start()
                try waitUntil("the session runs", by: running) {
                    #expect(!contents(of: "/proc/self/mountinfo").contains(tree.root))
                    return exists(tree.home + "/ready")
                }
                #expect(!exists(tree.homeTarget + "/mine") && !exists(tree.sharedTarget + "/file"))
                try make(tree.home + "/go")
                try expect(status: 0, running.wait())
                #expect(!contents(of: "/proc/self/mountinfo").contains(tree.root))
                #expect(processes(with: tree.root) == [])
            }
        }

        @Test("several sessions of one home at once")
        func severalSessions() throws {
            try withTree { tree in
                let script = "for i in $(seq 100); do echo $1-$i >> $HOME/log-$1; done; sync $HOME/log-$1"
                let runs = try (0..<4).map { try BerthRun(tree.options, ["sh", "-c", script, "sh", "\($0)"]).start() }
                for run in runs { #expect(try run.wait().status == 0) }
                for number in 0..<4 {
                    let lines = contents(of: "\(tree.home)/log-\(number)").split(separator: "\n")
                    #expect(lines.count == 100)
                }
            }
        }
    }
}
