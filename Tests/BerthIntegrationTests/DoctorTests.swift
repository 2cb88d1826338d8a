import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("doctor: what it says is what a run would meet") struct Doctor {
        private func judge(_ circumstance: Circumstance) throws {
            try circumstance.starter.needed()
            try withTree { tree in
                let answer = try circumstance.doctor()
                let run = try circumstance.run(tree)
                #expect(run.status == (circumstance.works ? 0 : 125), "the run: \(run)")
                #expect(answer.outcome.status == (circumstance.works ? 0 : 1), "\(answer.outcome)")
                #expect(answer.codes(circumstance.level).contains(circumstance.code), "\(answer.outcome)")
                let cure = answer.finding(circumstance.code)?["cure"] as? String ?? ""
                #expect(circumstance.cure.isEmpty || cure.contains(circumstance.cure), "\(answer.outcome)")
                let own = try circumstance.run(tree, ["--pid-namespace", "require"])
                #expect(answer.codes("ok").contains("proc") == (own.status == 0) || !circumstance.works, "\(own)")
                // What stands in a run's way has one cure, wherever it is told.
                if !circumstance.works { #expect(run.errors.contains("hint: \(cure)\n"), "\(run)\n\(cure)") }
            }
        }

        @Test("its verdict is that of a run", arguments: Circumstance.ordinary)
        func ordinary(_ circumstance: Circumstance) throws { try judge(circumstance) }

        @Test("its verdict is that of a run, where root can make it so", arguments: Circumstance.root)
        func root(_ circumstance: Circumstance) throws {
            try needRoot()
            try judge(circumstance)
        }

        @Test("its verdict is that of a run, whoever starts it", arguments: Starter.allCases)
        func starters(_ starter: Starter) throws {
            try judge(Circumstance(name: starter.rawValue, starter: starter, code: "rehearsal"))
        }

        @Test(
            "its verdict is that of a run in a container of podman",
            arguments: [("CHOWN,DAC_OVERRIDE", "ok"), ("KILL", "note")])
        func podman(capabilities: String, level: String) throws {
            try needPodman()
            try withTree { tree in
                var pod = Pod.account
                pod.capabilities = capabilities
                let berth = Machine.program("berth")
                let answer = try DoctorAnswer(try pod.execute(tree, [berth, "doctor", "--json", tree.home]))
                let run = try pod.run(tree, tree.options, ["true"])
                #expect(run.status == 0, "\(run)")
                #expect(answer.outcome.status == 0, "\(answer.outcome)")
                let own = try pod.run(tree, ["--pid-namespace", "require"], ["true"])
                #expect(answer.codes("ok").contains("proc") == (own.status == 0), "\(own)")
                // podman's own filter is there, and is not what refuses a /proc.
                let notes = answer.codes("note")
                #expect(notes.contains("seccomp") && notes.contains("proc-masked"), "\(answer.outcome)")
                #expect(own.errors.contains("--security-opt unmask=ALL"), "\(own)")
                #expect(answer.codes(level).contains("owner-capabilities"), "\(answer.outcome)")
            }
        }

        @Test("namespaces are nested too deep")
        func nesting() throws {
            let one = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
            var wrapper: [String] = []
            for _ in 0..<40 {
                if try Command(asAccount(.first) + wrapper + one + ["true"]).run().status != 0 { break }
                wrapper += one
            }
            try judge(
                Circumstance(
                    name: "nested", wrapper: wrapper, level: "problem", code: "userns-limit", cure: "32", works: false))
        }

        @Test("the device cgroup refuses /dev/fuse")
        func deviceControlGroup() throws {
            try needRoot()
            let controller = "/sys/fs/cgroup/devices"
            try need(exists(controller + "/devices.deny"), "the devices controller of version 1 is not mounted")
            let group = controller + "/berth-doctor-test-\(getpid())"
            try makeDirectory(group)
            defer { rmdir(group) }
            try "c 10:229 rwm".write(toFile: group + "/devices.deny", atomically: false, encoding: .utf8)
            try judge(
                Circumstance(
                    name: "device cgroup", starter: .rootNamingAccount,
                    wrapper: ["sh", "-c", "echo $$ > \(group)/cgroup.procs && exec \"$@\"", "sh"], level: "problem",
                    code: "fuse-cgroup", cure: "10:229", works: false))
        }

        /// A copy of berth with file capabilities, for the time of the block.
        private func withCapableFile(_ tree: Tree, _ body: (_ berth: String) throws -> Void) throws {
            try needTools("setcap")
            try makeDirectory(tree.root + "/installed")
            let path = tree.root + "/installed/berth"
            try FileManager.default.copyItem(atPath: Machine.program("berth"), toPath: path)
            try Command("setcap", "cap_chown,cap_dac_override=ep", path).mustRun()
            try body(path)
        }

        @Test(
            "file capabilities count, unless no_new_privs or the mount disables them",
            arguments: [
                ("", "ok", "owner-capabilities"), ("no-new-privs", "note", "file-capabilities-no-new-privs"),
                ("nosuid", "note", "file-capabilities-nosuid"),
            ])
        func fileCapabilities(how: String, level: String, code: String) throws {
            try needRoot()
            try withTree { tree in
                try withCapableFile(tree) { berth in
                    let folder = tree.root + "/installed"
                    let script = "mount --bind \(folder) \(folder) && mount -o remount,bind,nosuid \(folder)"
                    let become = asAccount(.first)
                    let prefix =
                        how == "nosuid"
                        ? Circumstance.namespace(script) + become
                        : how.isEmpty ? become : become + ["setpriv", "--no-new-privs", "--"]
                    let answer = try DoctorAnswer(try Command(prefix + [berth, "doctor", "--json"]).run())
                    #expect(answer.outcome.status == 0 && answer.codes(level).contains(code), "\(answer.outcome)")
                    try give(tree.home + "/mine", to: 0, 0)
                    let run = try Command(
                        prefix + [berth, "run"] + tree.homeOption + ["--ownership", "always", "--", "true"]
                    ).run()
                    // A file of root's is given to the account exactly where the capabilities are there.
                    #expect((run.status == 0) == (level == "ok"), "\(run)")
                    let plain = try Command(prefix + [berth, "run"] + tree.options + ["--", "true"]).run()
                    #expect(plain.status == 0, "\(plain)")
                }
            }
        }

        @Test("paths are told apart")
        func paths() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/shut", mode: 0o700)
                let paths = [tree.home, tree.root + "/shut", tree.root + "/no\nne", tree.home + "/mine"]
                let answer = try Circumstance(name: "", code: "").doctor(paths)
                let told = answer.findings.filter { ($0["code"] as? String)?.hasPrefix("path") == true }
                #expect(
                    told.map { $0["code"] as? String ?? "" }
                        == ["path", "path-unreadable", "path-missing", "path-missing"], "\(answer.outcome)")
                let text = try Command(asAccount(.first) + [Machine.program("berth"), "doctor"] + paths).run()
                #expect(text.status == 1 && text.output.contains("/no\\u{a}ne"), "\(text)")
            }
        }

        @Test("a file system that does not answer keeps it for moments only")
        func deadPath() throws {
            try needRoot()
            try withTree { tree in
                let berth = Machine.program("berth")
                try Command(berth, "mount", tree.shared, tree.sharedTarget).mustRun()
                let pattern = "^\(berth) mount .* \(tree.sharedTarget)$"
                let processes = try Command("pgrep", "-f", pattern).run().lines.compactMap { pid_t($0) }
                #expect(processes.count == 1)
                for process in processes { kill(process, SIGSTOP) }
                let began = Date()
                let answer = try Circumstance(name: "", starter: .rootNamingAccount, code: "").doctor(
                    [tree.sharedTarget, tree.home])
                let took = Date().timeIntervalSince(began)
                for process in processes { kill(process, SIGCONT) }
                try Command(berth, "umount", tree.sharedTarget).mustRun()
                #expect(took < 8, "\(took) s")
                #expect(answer.outcome.status == 1 && answer.codes("problem") == ["path-hangs"], "\(answer.outcome)")
                #expect(answer.codes("ok").contains("path"))
            }
        }

        @Test("it changes nothing and leaves nothing behind", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func traces(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                // Others mount and unmount elsewhere meanwhile.
                let mounts = {
                    contents(of: "/proc/self/mountinfo").split(separator: "\n").filter {
                        $0.contains(" /usr ") || $0.contains(tree.root)
                    }
                }
                let before = try snapshot(tree.root)
                let mountsBefore = mounts()
                let answer = try Circumstance(name: "", starter: starter, code: "").doctor([tree.home, tree.shared])
                #expect(answer.outcome.status == 0, "\(answer.outcome)")
                #expect(try snapshot(tree.root) == before)
                #expect(mounts() == mountsBefore)
                let left = { try Command("pgrep", "-f", "^\(Machine.program("berth")) doctor").run().lines }
                try waitUntil("every process of doctor has ended", within: 5) { try left().isEmpty }
            }
        }

        @Test("root that names nobody is told to")
        func rootAlone() throws {
            try needRoot()
            let answer = try DoctorAnswer(try Command(Machine.program("berth"), "doctor", "--json").run())
            #expect(answer.outcome.status == 0 && answer.codes("note").contains("account-needed"), "\(answer.outcome)")
        }

        @Test(
            "wrong options are refused",
            arguments: [["--account", "-1"], ["--account", "a", "--account", "b"], ["-x"]])
        func wrong(_ options: [String]) throws {
            let outcome = try Command([Machine.program("berth"), "doctor"] + options).run()
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
        }
    }
}
