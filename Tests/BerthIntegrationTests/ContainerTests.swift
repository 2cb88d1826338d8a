import Foundation
import Glibc
import Testing

/// A pod: as whom it runs, and what it may do.
struct Pod: Sendable, CustomTestStringConvertible {
    let name: String
    let user: String
    let capabilities: String
    let options: [String]
    var testDescription: String { name }

    static var account: Pod {
        let account = TestAccount.first
        return Pod(
            name: "--user UID:GID --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE",
            user: "\(account.user):\(account.group)", capabilities: "CHOWN,DAC_OVERRIDE", options: [])
    }

    static var root: Pod {
        Pod(
            name: "--user root, with --account", user: "0:0", capabilities: "default",
            options: ["--account", "\(TestAccount.first.user):\(TestAccount.first.group)"])
    }

    static var all: [Pod] { Machine.isRoot ? [account, root] : [] }
}

extension BerthIntegration {
    @Suite("In a container of podman, under its default seccomp profile") struct Container {
        private static let script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Container/in-podman"

        /// berth in the pod, with the tree and the programs at the paths they have outside.
        private func run(_ pod: Pod, _ tree: Tree, _ options: [String], _ command: [String]) throws -> Outcome {
            let scratch = tree.root + "/container"
            try makeDirectory(scratch)
            defer { rmdir(scratch) }
            let volumes = Set([Machine.directory] + Self.runtime).sorted()
            let berth = [Machine.program("berth"), "run"] + pod.options + options + ["--"] + command
            var run = Command([Self.script, scratch, pod.user, pod.capabilities] + volumes + ["--"] + berth)
            run.deadline = 300.0
            return try run.run()
        }

        /// Where the libraries of the Swift runtime lie, unless they are linked in.
        private static let runtime: [String] = {
            let output = (try? Command("ldd", Machine.program("berth")).run().lines) ?? []
            let paths = output.compactMap { $0.split(separator: " ").first { $0.hasPrefix("/") } }.map(String.init)
            let folders = paths.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
            return folders.filter { !$0.hasPrefix("/lib") && !$0.hasPrefix("/usr/lib") }
        }()

        private func needPodman() throws {
            try needRoot()
            try needTools("podman", "crun")
            try withTree { tree in
                let scratch = tree.root + "/container"
                try makeDirectory(scratch)
                let pod = Pod.account
                let probe = try Command(
                    Self.script, scratch, pod.user, pod.capabilities, Machine.directory, "--", "true"
                ).run()
                try need(probe.status == 0, "podman cannot run a container here: \(probe)")
            }
        }

        @Test("a wrongly owned home comes out owned by the account, what root writes is the account's")
        func home() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    try Command(Machine.program("session-probe"), "make-foreign-tree", tree.home, "0", "0").mustRun()
                    try give(tree.home + "/mine", to: 0, 0)
                    let script = "id -u; id -g; stat -c %u:%g $HOME $HOME/closed/inner/c; echo made > $HOME/closed/made"
                    let outcome = try run(pod, tree, tree.options, ["sh", "-c", script])
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
                    let outcome = try run(
                        pod, tree, tree.options + ["--keep-source-visible"],
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
                    let outcome = try run(pod, tree, tree.options, command)
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
                    let outcome = try run(pod, tree, tree.options, ["sh", "-c", script])
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
                    let outcome = try run(
                        pod, tree, tree.homeOption, [Machine.program("posix-table"), tree.homeTarget])
                    // The server reads a program as the account, which may only execute it.
                    let failed = outcome.lines.filter { $0.hasPrefix("FAILED ") }
                    #expect(failed.allSatisfy { $0.contains("binary-that-may-not-be-read-runs") }, "\(failed)")
                    #expect(outcome.lines.count > 80, "\(pod.name): \(outcome)")
                }
            }
        }

        @Test("a hostile session finds no way out", .timeLimit(.minutes(10)))
        func hostile() throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    let program = Machine.program("hostile-session")
                    try Command(program, "prepare", tree.shared).mustRun()
                    let account = TestAccount.first
                    try Command("chown", "-R", "-h", "\(account.user):\(account.group)", tree.shared).mustRun()
                    try make(tree.root + "/outside/canary", "secret")
                    try make(tree.root + "/outside/closed", "secret", mode: 0)
                    try make(tree.root + "/outside/readable", "readable", mode: 0o666)
                    try makeDirectory(tree.root + "/outside/landing", mode: 0o777)
                    let places = [
                        "--home", tree.homeTarget, "--home-source", tree.home, "--shared", tree.sharedTarget,
                        "--shared-source",
                        tree.shared, "--sources-covered",
                    ]
                    let outcome = try run(pod, tree, tree.options, [program] + places)
                    let rows = outcome.lines.filter { $0.contains("\tSUCCEEDED") || $0.contains("\tODD") }
                    #expect(outcome.status == 0, "\(pod.name): \(rows) \(outcome.lines.last ?? "") \(outcome.errors)")
                }
            }
        }
    }
}
