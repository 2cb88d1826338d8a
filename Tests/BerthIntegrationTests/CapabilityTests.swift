import Foundation
import Testing

extension BerthIntegration {
    @Suite("Power: who holds which capability, and when") struct Power {
        @Test("the session's five sets are empty, no_new_privs and a filter are in force", arguments: Starter.allCases)
        func session(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(
                    tree.options, script: "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status", starter
                ).run()
                let empty = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):\t0000000000000000" }
                #expect(outcome.status == 0, "\(outcome)")
                #expect(outcome.lines == empty + ["NoNewPrivs:\t1", "Seccomp:\t2"], "\(outcome)")
            }
        }

        @Test("the session's securebits are set and locked", arguments: Starter.allCases)
        func secureBits(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(tree.options, [Machine.program("session-probe"), "state"], starter).run()
                let bits = outcome.lines.first { $0.hasPrefix("securebits ") }.flatMap { Int($0.dropFirst(11)) } ?? 0
                // NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, each of them and KEEP_CAPS (clear) locked.
                #expect(bits == 0xef, "\(outcome)")
                #expect(outcome.lines.contains("signals blocked or ignored []"), "\(outcome)")
            }
        }

        @Test("berth and the file servers hold nothing while the session runs", arguments: Starter.allCases)
        func servingProcesses(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let (run, report) = try BerthRun(
                    tree.options, script: "while [ ! -e $HOME/go ]; do sleep 0.02; done", starter
                ).reporting(in: tree)
                let running = try run.start()
                _ = try report.wait(forEvent: "session-started", by: running)
                let servers = try report.servers()
                #expect(servers.count == 2)
                for process in [running.process] + servers {
                    #expect(capabilitySets(ofProcess: "\(process)") == noCapability, "process \(process)")
                    let status = contents(of: "/proc/\(process)/status")
                    #expect(status.contains("NoNewPrivs:\t1"), "process \(process)")
                    #expect(status.contains("Uid:\t\(TestAccount.first.user)\t"), "process \(process)")
                }
                try make(tree.home + "/go")
                try expect(status: 0, running.wait())
            }
        }

        @Test("the owner worker holds exactly CHOWN and DAC_OVERRIDE while it walks", arguments: Starter.powerful)
        func ownerWorker(_ starter: Starter) throws {
            try starter.needed()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                let probe = Machine.program("session-probe")
                try Command(probe, "make-files", tree.home, "30", "1000").mustRun()
                let (run, report) = try BerthRun(
                    tree.homeOption + ["--ownership", "always"], ["true"], starter
                ).reporting(in: tree)
                let running = try run.start()
                let worker = try report.wait(forStage: "started", by: running)["owner_worker"] as? Int ?? 0
                #expect(worker > 0)
                _ = try report.wait(forStage: "mounted", by: running)
                var seen: Set<[String: String]> = []
                try waitUntil("stage owned", by: running) {
                    let sets = capabilitySets(ofProcess: "\(worker)")
                    if !sets.isEmpty { seen.insert(sets) }
                    return try report.stage("owned") != nil
                }
                try expect(status: 0, running.wait())
                let facts = try report.stage("owned") ?? [:]
                #expect(facts["owner_worker_capabilities"] as? [String] == ["cap_chown", "cap_dac_override"])
                #expect(facts["changed"] as? Int == 30_030)
                // Before it is told to go it may still be what berth was; the last that was seen is the worker at work.
                let atWork = seen.filter { $0["CapEff"] == "0000000000000003" && $0["CapPrm"] == "0000000000000003" }
                #expect(!atWork.isEmpty, "\(seen)")
                for sets in seen {
                    #expect(["0000000000000000", "0000000000000003"].contains(sets["CapEff"]), "\(sets)")
                    #expect(["0000000000000000", "0000000000000003"].contains(sets["CapPrm"]), "\(sets)")
                    #expect(sets["CapInh"] == "0000000000000000", "\(sets)")
                    #expect(sets["CapAmb"] == "0000000000000000", "\(sets)")
                }
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("no program in the session gets a capability or another user by exec", arguments: Starter.allCases)
        func execution(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = """
                    cp \(Machine.program("hostile-session")) $HOME/copy && chmod 6755 $HOME/copy && $HOME/copy power
                    """
                let outcome = try BerthRun(tree.options, script: script, starter).run()
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test("berth refuses to run with a set-uid or set-gid bit")
        func installedSetUserID() throws {
            try needRoot()
            for mode: mode_t in [0o4755, 0o2755] {
                try withTree { tree in
                    let copy = tree.root + "/berth"
                    try FileManager.default.copyItem(atPath: Machine.program("berth"), toPath: copy)
                    chmod(copy, mode)
                    let outcome = try Command(
                        asAccount(.first) + [copy, "run"] + tree.homeOption + ["--", "touch", tree.home + "/started"]
                    ).run()
                    #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                    #expect(!exists(tree.home + "/started"))
                }
            }
        }
    }
}
