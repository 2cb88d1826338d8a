import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--network: none is no way out, and a loopback that works") struct Network {
        private static let reachable: Set = ["an abstract socket outside", "a port of the loopback outside"]

        /// Somebody outside who listens, for the time of the block; the options that tell a hostile session of it.
        private func withListener(_ body: ([String]) throws -> Void) throws {
            let name = "berth-test-\(getpid())"
            let listener = try Command(Machine.program("session-probe"), "listen", name).start()
            defer { listener.send(SIGKILL) }
            try waitUntil("it listens", by: listener) { listener.output.hasSuffix("\n") }
            try body(["--abstract-socket", name, "--port", String(listener.output.dropLast())])
        }

        private func rows(_ options: [String], _ attack: [String], _ starter: Starter) throws -> [AttackRow] {
            let outcome = try BerthRun(options, [HostilePlace.program] + attack, starter).run()
            let rows = outcome.attacks.filter { $0.promise == "n" }
            #expect(rows.count == 8, "\(outcome)")
            return rows
        }

        @Test(
            "none: every way to a network is closed", arguments: Starter.allCases,
            [["--pid-namespace", "auto"], ["--pid-namespace", "off", "--seccomp", "off"]])
        func none(_ starter: Starter, _ more: [String]) throws {
            try starter.needed()
            try withListener { outside in
                expectRefused(try rows(["--network", "none"] + more, outside, starter))
            }
        }

        @Test("host, and nothing said: the same ways are open")
        func host() throws {
            try withListener { outside in
                for options in [[], ["--network", "host"]] {
                    let found = try rows(options, outside, .ordinaryAccount)
                    let open = Set(found.filter(\.succeeded).map(\.attempt))
                    #expect(open.isSuperset(of: Self.reachable), "\(found)")
                }
            }
        }

        @Test(
            "within, the loopback works, and berth's own processes are where they should be",
            arguments: Starter.allCases)
        func loopback(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = """
                    \(Machine.program("session-probe")) listen within > $HOME/port &
                    while ! grep -q . $HOME/port; do sleep 0.02; done
                    \(HostilePlace.program) --abstract-socket within --port $(cat $HOME/port) | grep '^n'
                    kill $!
                    """
                let options = tree.options + ["--network", "none"]
                let (run, report) = try BerthRun(options, script: script, starter).reporting(in: tree)
                let outcome = try run.run()
                let open = Set(outcome.attacks.filter(\.succeeded).map(\.attempt))
                #expect(open.isSuperset(of: Self.reachable), "\(outcome)")
                let network = try report.stage("dropped")?["network"] as? [String: Any] ?? [:]
                #expect(network["mode"] as? String == "none" && network["loopback_up"] as? Bool == true)
                #expect((network["interfaces"] as? [String])?.contains("lo") == true)
                let outside = try report.stage("started")?["namespaces"] as? [String: String] ?? [:]
                let inside = try report.event("proof")?["namespaces"] as? [String: String] ?? [:]
                #expect(inside["net"] != nil && inside["net"] != outside["net"])
            }
        }

        @Test("the file servers keep the network that berth was started in")
        func servers() throws {
            try needRoot()
            try LiveSession.with(tree: { $0.options + ["--network", "none"] }) { session in
                let network = { (process: pid_t) in
                    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/net")
                }
                let own = try network(getpid())
                for server in try session.report.servers() { #expect(try network(server) == own) }
                #expect(try network(session.process) != own)
                #expect(try network(session.running.process) == network(session.process))
            }
        }

        @Test("inspect promises it where it was made, and finds who is elsewhere")
        func inspected() throws {
            try needRoot()
            try needTools("nsenter")
            try LiveSession.with(tree: { $0.options + ["--network", "none"] }) { session in
                for name in ["\(session.process)", session.report.path] {
                    let answer = try session.inspect(name)
                    #expect(answer.outcome.status == 0 && answer.items("unseen").isSubset(of: ["securebits"]))
                    let lines = answer.lines.filter { $0.item == "namespace net" && $0.role != "file-server" }
                    #expect(lines.count >= 2 && lines.allSatisfy { $0.mark == "holds" }, "\(lines)")
                }
                try session.intrude(
                    ["nsenter", "-t", "\(session.process)", "-m", "-U", "sleep", "100"], shows: "sleep")
                #expect(try session.inspect().items("broken").contains("namespace net"))
            }
            try LiveSession.with { session in
                let lines = try session.inspect(session.report.path).lines.filter { $0.item == "namespace net" }
                #expect(!lines.isEmpty && lines.allSatisfy { $0.mark == "not-promised" }, "\(lines)")
            }
        }

        @Test("where no namespace can be had, none is an error and no session starts")
        func refused() throws {
            try needRoot()
            try withTree { tree in
                var run = BerthRun(
                    tree.homeOption + ["--network", "none"], ["touch", tree.homeTarget + "/ran"], .namespaceRoot)
                run.wrapper = ["sh", "-c", "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$@\"", "sh"]
                let outcome = try run.run()
                #expect(outcome.status == 125, "\(outcome)")
                #expect(outcome.errors.hasPrefix("berth: no network namespace for the session: unshare: "))
                #expect(!exists(tree.home + "/ran"))
            }
        }

        @Test("the plan tells it, and a configuration file says it")
        func plan() throws {
            try withTree { tree in
                try make(tree.root + "/pod.toml", "network = \"none\"\n")
                let outcome = try BerthRun(["--config", tree.root + "/pod.toml", "--dry-run"], ["true"]).run()
                #expect(
                    outcome.output.contains("\n  network: none but a loopback interface of its own\n"), "\(outcome)")
            }
        }
    }
}
