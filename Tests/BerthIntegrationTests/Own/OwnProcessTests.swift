import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("berth own: the process that walks") struct OwnProcess {
        /// Big enough for somebody to look on meanwhile.
        private func makeBigTree(_ path: String) throws {
            try Command(Machine.program("session-probe"), "make-files", path, "300", "500").mustRun()
        }

        private func status(ofProcess process: pid_t, thread: String? = nil) -> [String: String] {
            let path = thread.map { "/proc/\(process)/task/\($0)/status" } ?? "/proc/\(process)/status"
            var fields: [String: String] = [:]
            for line in contents(of: path).split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
            }
            return fields
        }

        /// Stops the walk in its midst; answers the status of each thread.
        private func stop(_ process: pid_t, by running: Running) throws -> [[String: String]] {
            try waitUntil("the walk goes on", by: running) {
                let status = status(ofProcess: process)
                return status["NoNewPrivs"] == "1" && (Int(status["Threads"] ?? "") ?? 0) > 1
            }
            kill(process, SIGSTOP)
            try waitUntil("it has stopped", by: running) {
                status(ofProcess: process)["State"]?.hasPrefix("T") == true
            }
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
            return threads.map { status(ofProcess: process, thread: $0) }
        }

        @Test("every thread of the walk holds CAP_CHOWN and CAP_DAC_OVERRIDE, and nothing else")
        func capabilitySets() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try makeBigTree(tree.home)
                let running = try BerthOwn("--to", "1:1", "--record", tree.root + "/record", tree.home).start()
                let threads = try stop(running.process, by: running)
                #expect(threads.count > 1)
                for thread in threads {
                    for set in ["CapPrm", "CapEff", "CapBnd"] { #expect(thread[set] == "0000000000000003", "\(set)") }
                    for set in ["CapInh", "CapAmb"] { #expect(thread[set] == "0000000000000000", "\(set)") }
                    #expect(thread["NoNewPrivs"] == "1")
                }
                // Nothing is open but the record, and directories of a copy of the tree that is mounted nowhere.
                let process = "/proc/\(running.process)"
                let mounts = Set(
                    contents(of: "/proc/self/mountinfo").split(separator: "\n").map { $0.prefix { $0 != " " } })
                let device = try BerthIntegrationTests.status(tree.home).st_dev
                let held = try FileManager.default.contentsOfDirectory(atPath: process + "/fd").filter { Int($0)! > 2 }
                for number in held {
                    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(process)/fd/\(number)")
                    if link == tree.root + "/record" { continue }
                    let mount = contents(of: "\(process)/fdinfo/\(number)").split(separator: "\n")
                        .first { $0.hasPrefix("mnt_id:") }?.drop { !$0.isNumber }
                    var file = stat()
                    #expect(stat("\(process)/fd/\(number)", &file) == 0 && file.st_dev == device, "\(link)")
                    #expect(mount.map { !mounts.contains($0) } == true, "\(link)")
                }
                #expect(held.count > 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: process + "/root") == [])
                running.send(SIGCONT)
                expect(status: 0, try running.wait())
            }
        }

        @Test("an account with the two capabilities in its ambient set keeps those, an ordinary one none")
        func capabilitiesOfAccounts() throws {
            try needRoot()
            try withTree { tree in
                try make(tree.home + "/roots")
                var own = BerthOwn("--json", tree.home)
                own.prefix = Starter.capableAccount.prefix
                let capable = try own.run()
                expect(status: 0, capable)
                let began = try capable.events()[0]
                #expect(began["capabilities"] as? [String] == ["cap_chown", "cap_dac_override"])
                // Only CAP_SYS_ADMIN gives an empty root.
                #expect(began["root"] as? String == "starter" && began["root_refused"] is String, "\(began)")
                #expect(began["fixed_arguments"] as? Bool == true)
                #expect(try foreignEntries(tree.home) == [])
                own.prefix = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups", "--"]
                #expect(try own.run().events()[0]["capabilities"] as? [String] == [])
            }
        }

        @Test(
            "SIGINT and SIGTERM end the walk in good order, and the same command goes on", arguments: [SIGINT, SIGTERM])
        func signals(_ signal: Int32) throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try makeBigTree(tree.home)
                let before = try owners(tree.home)
                let record = tree.root + "/record"
                let options = ["--to", "1:1", "--threads", "1", "--record", record, tree.home]
                let running = try BerthOwn(["--json"] + options).start()
                _ = try stop(running.process, by: running)
                running.send(signal)
                running.send(SIGCONT)
                let outcome = try running.wait()
                expect(status: 128 + signal, outcome)
                let result = try outcome.result()
                #expect(result["ending"] as? String == "signal", "\(outcome)")
                #expect(number(result, "entries") > 0 && number(result, "entries") < 150_000, "\(outcome)")
                #expect(outcome.errors.contains("goes on"), "\(outcome)")
                let now = try owners(tree.home)
                #expect(now.split(separator: "\n").filter { $0.hasSuffix(" 1:1") }.count == number(result, "changed"))
                expect(status: 0, try BerthOwn(options).run())
                expect(status: 0, try BerthOwn("--restore", record, tree.home).run())
                #expect(try owners(tree.home) == before)
            }
        }

        @Test("a signal that is to be ignored does not end the walk, as with nohup")
        func ignoredSignal() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try makeBigTree(tree.home)
                var own = BerthOwn("--to", "1:1", "--threads", "1", tree.home)
                own.prefix = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]
                let running = try own.start()
                _ = try stop(running.process, by: running)
                running.send(SIGHUP)
                running.send(SIGCONT)
                expect(status: 0, try running.wait())
                #expect(try entry(tree.home).st_uid == 1)
            }
        }

        @Test("in the ranges of an ordinary account, signals reach the walk", arguments: [SIGTERM, SIGKILL])
        func signalsInRanges(_ signal: Int32) throws {
            try needRoot()
            try needTools("newuidmap", "newgidmap")
            let account = TestAccount.first
            guard let range = account.subordinateUsers else { return try need(false, "/etc/subuid has no range") }
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try makeBigTree(tree.home)
                try Command("chown", "-R", "\(range.first):\(range.first)", tree.home).mustRun()
                let running = try BerthOwn("--threads", "1", tree.home, as: account).start()
                func children() -> [pid_t] {
                    let path = "/proc/\(running.process)/task/\(running.process)/children"
                    return contents(of: path).split(separator: " ").compactMap { pid_t($0) }
                }
                try waitUntil("the walk has a process", by: running) {
                    children().contains { status(ofProcess: $0)["NoNewPrivs"] == "1" }
                }
                let walker = children()[0]
                // Stopped, it is not taken for ended.
                _ = try stop(walker, by: running)
                usleep(50_000)
                running.send(signal)
                if signal != SIGKILL { kill(walker, SIGCONT) }
                let outcome = try running.wait()
                #expect(outcome.status == 128 + signal, "\(outcome)")
                if signal != SIGKILL { #expect(outcome.errors.contains("ended by a signal"), "\(outcome)") }
                try waitUntil("the walking process has gone") { !exists("/proc/\(walker)") }
                expect(status: 0, try BerthOwn(tree.home, as: account).run())
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("a deadline ends the walk, says how far it came, and keeps what was done")
        func deadline() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try makeBigTree(tree.home)
                try give(tree.home, to: 0, 0)
                let outcome = try BerthOwn("--to", "1:1", "--deadline", "30ms", "--threads", "1", tree.home).run()
                #expect(outcome.status == 2 && outcome.errors.contains("deadline"), "\(outcome)")
                #expect(try entry(tree.home).st_uid == 0, "the root tells that the walk is not complete")
                let whole = try BerthOwn(
                    "--to", "1:1", "--deadline", "10m", "--when", "on-root-mismatch", "--json", tree.home
                ).run()
                #expect(try whole.status == 0 && number(whole.result(), "right") > 0, "\(whole)")
            }
        }

        @Test("progress: lines of JSON, a line that moves, a log, or nothing")
        func progress() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try Command(Machine.program("session-probe"), "make-files", tree.home, "700", "700").mustRun()
                func run(_ form: String, _ target: String) throws -> Outcome {
                    try BerthOwn("--to", target, "--threads", "1", "--progress", form, tree.home).run()
                }
                let json = try run("json", "1:1")
                let lines = try json.errors.split(separator: "\n").map { line in
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                }
                #expect(!lines.isEmpty && lines.allSatisfy { $0["event"] as? String == "progress" }, "\(json)")
                for line in lines {
                    #expect(number(line, "entries") > 0 && number(line, "changed") >= 0, "\(line)")
                    #expect((line["directory"] as? String)?.hasPrefix(tree.home) == true, "\(line)")
                    #expect(number(line, "elapsed_ms") > 0 && number(line, "per_second") > 0, "\(line)")
                }
                let terminal = try run("terminal", "2:2")
                #expect(
                    terminal.errors.contains("\r") && terminal.errors.contains(" changed, 0 refused"), "\(terminal)")
                #expect(terminal.errors.hasSuffix("\r\u{1b}[K") && !terminal.errors.contains("\n"), "\(terminal)")
                #expect(try run("none", "3:3").errors == "")
                // Not a terminal: a log, which has its first line after five seconds, if it lasts so long.
                let log = try run("auto", "4:4")
                #expect(log.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("berth: ") && !$0.contains("\r") })
            }
        }

        @Test(
            "where nobody reads the result, the work is done, and the exit status tells", arguments: [[], ["--json"]])
        func nobodyReads(_ options: [String]) throws {
            try needRoot()
            try withTree { tree in
                var own = BerthOwn(options + ["--to", "1:1", tree.home])
                own.prefix = ["sh", "-c", "exec \"$@\" >/dev/full", "sh"]
                let full = try own.run()
                #expect(full.status == 0 && full.errors.contains("standard output: No space"), "\(full)")
                #expect(try entry(tree.home).st_uid == 1)
                own.options[own.options.count - 2] = "2:2"
                own.prefix = [
                    "bash", "-c", "mkfifo $0; exec 3<>$0; exec 4>$0 3<&-; exec \"$@\" >&4 4>&-", tree.root + "/f",
                ]
                let gone = try own.run()
                #expect(gone.status == 0 && gone.errors.contains("standard output: Broken pipe"), "\(gone)")
                #expect(try entry(tree.home).st_uid == 2)
            }
        }

        @Test("an ordinary account gets back what a rootless container left behind under its subordinate ids")
        func subordinateIDs() throws {
            try needRoot()
            try needTools("newuidmap", "newgidmap")
            let account = TestAccount.first
            guard let range = account.subordinateUsers else { return try need(false, "/etc/subuid has no range") }
            try withTree { tree in
                let id = range.first + 99
                try Command(Machine.program("session-probe"), "make-foreign-tree", tree.home, "\(id)", "\(id)")
                    .mustRun()
                let record = tree.root + "/account/record"
                try makeDirectory(tree.root + "/account")
                try give(tree.root + "/account")
                let before = try owners(tree.home)
                #expect(try Command(asAccount(account) + ["rm", "-r", tree.home + "/closed"]).run().status != 0)
                let outcome = try BerthOwn("--json", "--record", record, tree.home, as: account).run()
                expect(status: 0, outcome)
                let beginning = try outcome.events()[0]
                #expect(beginning["in_subordinate_ranges"] as? Bool == true)
                #expect(beginning["capabilities"] as? [String] == ["cap_chown", "cap_dac_override"])
                #expect(try foreignEntries(tree.home) == [])
                // And back: with --from, and by the record, whose ids are those of everybody.
                expect(status: 0, try BerthOwn("--restore", record, tree.home, as: account).run())
                #expect(try owners(tree.home) == before)
                expect(status: 0, try BerthOwn("--from", "\(id)", tree.home, as: account).run())
                expect(status: 0, try Command(asAccount(account) + ["rm", "-r", tree.home + "/closed"]).run())
            }
        }

        @Test("an ordinary account's subordinate ids do not reach files of others")
        func beyondTheRange() throws {
            try needRoot()
            try needTools("newuidmap", "newgidmap")
            try withTree { tree in
                try make(tree.home + "/roots")
                let outcome = try BerthOwn(tree.home, as: .first).run()
                #expect(outcome.status == 1 && outcome.errors.contains("roots"), "\(outcome)")
                #expect(outcome.errors.contains("hint: "), "\(outcome)")
                #expect(try entry(tree.home + "/roots").st_uid == 0)
            }
        }
    }
}

private func entry(_ path: String) throws -> stat {
    var answer = stat()
    if lstat(path, &answer) != 0 { throw CommandError("lstat \(path): errno \(errno)") }
    return answer
}
