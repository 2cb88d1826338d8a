import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("inspect: a session is what was promised, or the line says which promise is broken") struct Inspect {
        @Test("every promise holds in a session, whoever started it", arguments: Starter.allCases)
        func holds(_ starter: Starter) throws {
            try needRoot()
            try LiveSession.with(starter) { session in
                let answer = try session.inspect(session.report.path)
                #expect(answer.outcome.status == 0 && answer.isOfBerth, "\(answer.trouble)")
                // Where the account is root of the namespace that berth was executed in, /proc does not tell.
                let untold: Set = ["dumpable"]
                let isNamespaceRoot = starter == .namespaceRoot || starter == .namespaceRootWithRange
                #expect(answer.items("unseen") == (isNamespaceRoot ? untold : []), "\(answer.trouble)")
                let roles = answer.roles.subtracting(["session-init"])
                #expect(roles == ["supervisor", "file-server", "session"])
                var promised: Set = [
                    "effective", "permitted", "inheritable", "bounding", "ambient", "securebits", "no_new_privs",
                    "seccomp",
                    "uid_map", "namespace user", "namespace mnt", "mount \(session.tree.sharedTarget)",
                    "mount \(session.tree.homeTarget)", "source \(session.tree.shared) at \(session.tree.shared)",
                ]
                if !isNamespaceRoot { promised.formUnion(untold) }
                #expect(
                    answer.items("holds").isSuperset(of: promised), "\(promised.subtracting(answer.items("holds")))")
            }
        }

        @Test(
            "they hold without a pid namespace as well, and where the source stays visible",
            arguments: [["--pid-namespace", "off"], ["--keep-source-visible"]])
        func otherOptions(_ options: [String]) throws {
            try needRoot()
            try LiveSession.with(tree: { $0.options + options }) { session in
                let answer = try session.inspect(session.report.path)
                #expect(answer.outcome.status == 0 && answer.isOfBerth, "\(answer.trouble)")
                #expect(answer.items("unseen") == [], "\(answer.trouble)")
                #expect(!options.contains("off") || !answer.roles.contains("session-init"))
                let path = session.tree.shared
                let reach = answer.lines.first { $0.item == "source \(path) at \(path)" }
                #expect(reach?.value == [options.contains("off") ? "covered" : "read-only"], "\(answer.trouble)")
            }
        }

        @Test(
            "the owner worker is judged while it works, and berth not before there is a session",
            arguments: [true, false])
        func ownerWorker(rooted: Bool) throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try Command(Machine.program("session-probe"), "make-files", tree.home, "30", "1000").mustRun()
                let options = tree.options + ["--ownership", "always"]
                var (run, report) = try BerthRun(options, ["true"], .rootNamingAccount).reporting(in: tree)
                if !rooted { run.environment = ["BERTH_TEST_WITHOUT": "worker-root"] }
                let running = try run.start()
                let worker = try report.wait(forStage: "started", by: running)["owner_worker"] as? Int ?? 0
                _ = try report.wait(forStage: "mounted", by: running)
                kill(pid_t(worker), SIGSTOP)
                defer { kill(pid_t(worker), SIGCONT) }
                let outcome = try Command(Machine.program("berth"), "inspect", "--json", "\(running.process)").run()
                kill(pid_t(worker), SIGCONT)
                let answer = try InspectAnswer(outcome)
                #expect(outcome.status == 0 && answer.isOfBerth, "\(answer.trouble)")
                #expect(answer.roles == ["starting", "owner-worker", "file-server"])
                let held = answer.lines.first { $0.role == "owner-worker" && $0.item == "permitted" }
                #expect(held?.value == ["cap_chown", "cap_dac_override"] && held?.mark == "holds")
                let mounts = answer.lines.first { $0.role == "owner-worker" && $0.item == "mounts" }
                #expect(mounts?.mark == (rooted ? "holds" : "not-promised"))
                #expect(mounts?.value.first?.hasPrefix(rooted ? "/ tmpfs ro" : "those of the starter") == true)
                let berth = answer.lines.first { $0.role == "starting" && $0.item == "permitted" }
                #expect(berth?.mark == "not-promised" && berth?.value != ["none"])
                try expect(status: 0, running.wait())
                let confinement = try report.stage("owned")?["owner_worker_confinement"] as? [String: Any]
                #expect(confinement?["root"] as? String == (rooted ? "empty" : "starter"))
                #expect(confinement?["root_refused"] is String == !rooted)
                #expect(confinement?["fixed_arguments"] as? Bool == true && confinement?["landlock"] is Bool)
            }
        }

        @Test("any process of the session names it, and so do its supervisor and its status lines")
        func names() throws {
            try needRoot()
            try LiveSession.with(script: "sleep 300 & ") { session in
                let child = try Command("pgrep", "-P", "\(session.process)", "sleep").run().lines.first ?? ""
                let server = try session.report.servers()[0]
                for name in [
                    "\(session.process)", child, "\(session.running.process)", "\(server)", session.report.path,
                ] {
                    let answer = try session.inspect(name)
                    #expect(answer.outcome.status == 0 && answer.isOfBerth, "\(name): \(answer.trouble)")
                    #expect(answer.top == Int(session.running.process), "\(name)")
                }
            }
        }

        @Test("the account itself can look, and is told what it cannot see")
        func ordinaryAccount() throws {
            try LiveSession.with(.ordinaryAccount) { session in
                let answer = try session.inspect(as: asAccount(.first))
                #expect(answer.outcome.status == 0 && answer.isOfBerth, "\(answer.trouble)")
                #expect(answer.items("unseen").contains("namespace mnt"))
                let sets = answer.lines.filter { $0.item == "effective" }
                #expect(sets.count >= 4 && sets.allSatisfy { $0.mark == "holds" }, "\(sets)")
            }
        }

        @Test("a session that was tampered with is found out", arguments: Tampering.all)
        func tampered(_ tampering: Tampering) throws {
            try needRoot()
            try needTools("nsenter", "setpriv")
            try LiveSession.with { session in
                let names = [
                    "S": "\(session.process)", "T": session.tree.sharedTarget, "A": session.tree.shared,
                    "X": session.tree.root + "/extra",
                ]
                func named(_ text: String) -> String {
                    names.reduce(text) { $0.replacingOccurrences(of: "$\($1.key)", with: $1.value) }
                }
                try makeDirectory(names["X"]!)
                #expect(try session.inspect().outcome.status == 0)
                let words = ["sh", "-c", named(tampering.script)]
                if let stays = tampering.stays {
                    try session.intrude(words, shows: stays)
                } else {
                    try Command(words).mustRun()
                }
                let answer = try session.inspect()
                #expect(answer.outcome.status == 1, "\(answer.trouble)")
                #expect(answer.items("broken").contains(named(tampering.item)), "\(answer.trouble)")
                #expect(tampering.stays == nil || answer.items("broken").contains("descent"), "\(answer.trouble)")
            }
        }

        @Test("a file that the session has open through its own mount breaks nothing")
        func ownFile() throws {
            try needRoot()
            try LiveSession.with(script: "exec 9<\"${HOME%/*}/shared/file\"; ") { session in
                let answer = try session.inspect()
                let open = answer.lines.first { $0.role == "session" && $0.item == "descriptor 9" }
                #expect(
                    open?.value.first == session.tree.sharedTarget + "/file" && open?.mark == "holds", "\(answer.lines)"
                )
                #expect(answer.outcome.status == 0, "\(answer.trouble)")
            }
        }

        @Test("names that a session chooses neither break the answer nor speak to the terminal")
        func hostileNames() throws {
            try needRoot()
            let odd = "in side\t\n\u{1b}[31m\\040"
            try LiveSession.with(
                script:
                    "cp /bin/sleep \"$HOME/$(printf 'e\\nv\\033[1m ')\"; \"$HOME/$(printf 'e\\nv\\033[1m ')\" 300 & ",
                tree: { tree in
                    try makeDirectory(tree.root + "/" + odd)
                    return tree.homeOption + [
                        "--shared", "\(tree.shared):\(tree.root)/\(odd.replacing("\\", with: "\\\\"))",
                    ]
                }
            ) { session in
                try waitUntil("the odd program runs") {
                    try Command("pgrep", "-P", "\(session.process)", "^e").run().status == 0
                }
                let answer = try session.inspect()
                #expect(answer.outcome.status == 0, "\(answer.trouble)")
                #expect(answer.items("holds").contains("mount \(session.tree.root)/\(odd)"), "\(answer.items("holds"))")
                let text = try Command(Machine.program("berth"), "inspect", "\(session.process)").run()
                #expect(text.status == 0 && !text.output.contains("\u{1b}"), "\(text)")
                #expect(text.output.contains("\\u{1b}"))
            }
        }

        @Test("processes that come and go do not disturb it")
        func vanishing() throws {
            try needRoot()
            try LiveSession.with(script: "while :; do /bin/true & /bin/true | /bin/cat; done & ") { session in
                for _ in 0..<20 {
                    let answer = try session.inspect()
                    #expect(answer.outcome.status == 0, "\(answer.trouble)")
                }
            }
        }

        @Test("a tree that berth did not start is judged by promise (a)")
        func foreign() throws {
            try needRoot()
            let plain = try Command(asAccount(.first) + ["sleep", "100"]).start()
            let locked = try Command(asAccount(.first) + ["setpriv", "--no-new-privs", "sleep", "100"]).start()
            let root = try Command("sleep", "100").start()
            for (process, broken) in [
                (plain, ["no_new_privs"]), (locked, []), (root, ["effective", "permitted", "no_new_privs"]),
            ] as [(Running, [String])] {
                try waitUntil("it sleeps") { contents(of: "/proc/\(process.process)/comm") == "sleep\n" }
                let outcome = try Command(Machine.program("berth"), "inspect", "--json", "\(process.process)").run()
                let answer = try InspectAnswer(outcome)
                #expect(!answer.isOfBerth && answer.roles == ["foreign"])
                #expect(answer.items("broken") == Set(broken), "\(answer.trouble)")
                #expect((outcome.status == 0) == broken.isEmpty)
            }
        }

        @Test("a number that was given away since is not taken for the session")
        func numberGivenAway() throws {
            try needRoot()
            try LiveSession.with { session in
                let path = session.tree.root + "/old.jsonl"
                let lines = session.report.lines.map {
                    $0.replacingOccurrences(of: "\"pid\":\(session.process)", with: "\"pid\":\(getpid())")
                }
                try make(path, lines.joined(separator: "\n") + "\n")
                let outcome = try Command(Machine.program("berth"), "inspect", path).run()
                #expect(outcome.status == 125 && outcome.errors.contains("the session has ended"), "\(outcome)")
            }
        }

        @Test(
            "the proof of the status lines is what the session is",
            arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func proof(_ starter: Starter) throws {
            try LiveSession.with(starter) { session in
                let proof = try #require(try session.report.event("proof"))
                #expect(proof["pid"] as? Int == Int(session.process))
                for set in ["effective", "permitted", "inheritable", "bounding", "ambient"] {
                    #expect((proof[set] as? [String])?.isEmpty == true, "\(set)")
                }
                #expect(proof["securebits"] as? Int == 0xef && proof["no_new_privs"] as? Bool == true)
                #expect(proof["seccomp"] as? Int == 2 && proof["setgroups"] as? String == "deny")
                let namespaces = proof["namespaces"] as? [String: String] ?? [:]
                let outside = try session.report.stage("started")?["namespaces"] as? [String: String] ?? [:]
                #expect(namespaces["user"] != nil && namespaces["user"] != outside["user"])
                #expect(namespaces["mnt"] != outside["mnt"] && namespaces["net"] == outside["net"])
                let descriptors = (proof["descriptors"] as? [[String: Any]])?.map { $0["number"] as? Int }
                #expect(descriptors == [0, 1, 2])
                let mounts = proof["mounts"] as? [[String: Any]] ?? []
                let shared = mounts.first { $0["target"] as? String == session.tree.sharedTarget }
                #expect((shared?["options"] as? [String])?.contains("ro") == true, "\(mounts)")
                let limits = (proof["limits"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
                #expect(limits.contains("Max open files"))
                // The kernel says the same of the living process.
                let status = contents(of: "/proc/\(session.process)/status")
                #expect(status.contains("Seccomp_filters:\t\(proof["seccomp_filters"] as? Int ?? -1)\n"))
                if Machine.isRoot {
                    let link = try FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(session.process)/ns/user")
                    #expect(link == namespaces["user"])
                }
            }
        }

        @Test(
            "what names no session is refused",
            arguments: [
                "0", "-1", "4194305", "4294967295", "01", "alice", "", "./none", "/", "/dev/zero", "/etc/passwd",
            ])
        func refused(_ name: String) throws {
            let outcome = try Command(Machine.program("berth"), "inspect", name).run()
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
            let isNumber = !name.isEmpty && name.allSatisfy(\.isNumber)
            let isPath = name.contains("/") || name.hasPrefix("-")
            #expect(isPath || isNumber || outcome.errors.contains("'\(name)': not a process\nhint: "), "\(outcome)")
        }
    }
}
