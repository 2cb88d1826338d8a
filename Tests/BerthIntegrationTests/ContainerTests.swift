import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("In a container of podman, under its default seccomp profile") struct Container {
        @Test("a wrongly owned home comes out owned by the account, what root writes is the account's")
        func home() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    try Command(Machine.program("session-probe"), "make-foreign-tree", tree.home, "0", "0").mustRun()
                    try give(tree.home + "/mine", to: 0, 0)
                    let script = "id -u; id -g; stat -c %u:%g $HOME $HOME/closed/inner/c; echo made > $HOME/closed/made"
                    let outcome = try pod.run(tree, tree.options, ["sh", "-c", script])
                    #expect(
                        outcome.status == 0 && outcome.lines == ["0", "0", "0:0", "0:0"], "\(pod.name): \(outcome)")
                    #expect(try foreignEntries(tree.home) == [], "\(pod.name)")
                    #expect(contents(of: tree.home + "/closed/made") == "made\n", "\(pod.name)")
                }
            }
        }

        @Test("the shared tree refuses every write, by its target and by its source")
        func shared() throws {
            try needPodman()
            try needTools("setfattr")
            for pod in Pod.all {
                try withTree { tree in
                    let before = try snapshot(tree.shared)
                    let lines = [tree.sharedTarget, tree.shared].flatMap { place in
                        SharedWrite.all.map {
                            "(cd \(place) && LC_ALL=C; \($0.script)) 2>&1 | grep -c 'Read-only file system'"
                        }
                    }
                    let outcome = try pod.run(
                        tree, tree.options + ["--keep-source-visible"],
                        ["sh", "-c", lines.joined(separator: "\n")])
                    #expect(outcome.lines.filter { $0 != "0" }.count == lines.count, "\(pod.name): \(outcome)")
                    #expect(outcome.lines.count == lines.count, "\(pod.name): \(outcome)")
                    #expect(try snapshot(tree.shared) == before, "\(pod.name)")
                }
            }
        }

        @Test("five empty sets, no_new_privs, a filter")
        func capabilities() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    let command = ["grep", "-E", "^(Cap|NoNewPrivs|Seccomp:)", "/proc/self/status"]
                    let outcome = try pod.run(tree, tree.options, command)
                    let empty = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):\t0000000000000000" }
                    #expect(outcome.lines == empty + ["NoNewPrivs:\t1", "Seccomp:\t2"], "\(pod.name): \(outcome)")
                }
            }
        }

        @Test("berth is process 1, passes the status on, and loses nothing")
        func processOne() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    let probe = Machine.program("session-probe")
                    let script = """
                        \(probe) orphan $HOME/orphan; until [ -s $HOME/orphan ]; do sleep 0.02; done
                        sleep 600 & \(probe) map-write $HOME/mapped 4096; exit 7
                        """
                    let outcome = try pod.run(tree, tree.options, ["sh", "-c", script])
                    #expect(outcome.status == 7, "\(pod.name): \(outcome)")
                    #expect(contents(of: tree.home + "/orphan") == "1\n", "\(pod.name)")
                    let bytes = FileManager.default.contents(atPath: tree.home + "/mapped") ?? Data()
                    #expect(bytes.count == 4096 << 10 && bytes.allSatisfy { $0 == 0x6d }, "\(pod.name)")
                }
            }
        }

        @Test("the POSIX table holds", .timeLimit(.minutes(10)))
        func table() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    let outcome = try pod.run(
                        tree, tree.homeOption, [Machine.program("posix-table"), tree.homeTarget])
                    // The server reads a program as the account, which may only execute it.
                    let failed = outcome.lines.filter { $0.hasPrefix("FAILED ") }
                    #expect(failed.allSatisfy { $0.contains("binary-that-may-not-be-read-runs") }, "\(failed)")
                    #expect(outcome.lines.count > 80, "\(pod.name): \(outcome)")
                }
            }
        }
    }
}
