import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Ownership: what comes out, for each mode") struct Ownership {
        private static let probe = Machine.program("session-probe")

        /// A home of root's with directories closed to others.
        private func makeForeign(_ tree: Tree, _ user: uid_t = 0, _ group: gid_t = 0) throws {
            try Command(Self.probe, "make-foreign-tree", tree.home, "\(user)", "\(group)").mustRun()
            try give(tree.home + "/mine", to: user, group)
        }

        @Test("a wrongly owned home comes out owned by the account", arguments: Starter.powerful)
        func wrongHome(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try makeForeign(tree)
                let (run, report) = try BerthRun(
                    tree.options, script: "ls -R $HOME; echo x > $HOME/closed/inner/new; stat -c %u:%g $HOME", starter
                ).reporting(in: tree)
                let outcome = try run.run()
                #expect(outcome.status == 0 && outcome.lines.last == "0:0", "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
                #expect(try report.stage("owned")?["changed"] as? Int == 12)
            }
        }

        @Test("files of several other accounts come out owned", arguments: Starter.powerful)
        func severalOwners(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try makeForeign(tree, TestAccount.second.user, TestAccount.second.group)
                try give(tree.home + "/closed", to: 0, 0)
                try give(tree.home + "/open/d", to: 54321, 12345)
                let outcome = try BerthRun(tree.homeOption, ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("a group of the account's is right, and stays", arguments: Starter.powerful)
        func supplementaryGroupIsRight(_ starter: Starter) throws {
            try starter.needed()
            let group = TestAccount.sharedGroup
            try withTree { tree in
                try give(tree.home + "/mine", to: TestAccount.first.user, group)
                let outcome = try BerthRun(tree.homeOption + ["--ownership", "always"], ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try status(tree.home + "/mine").st_gid == group)
            }
        }

        @Test("on-root-mismatch does not walk where the home itself is right", arguments: Starter.powerful)
        func rootIsRight(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try give(tree.home + "/mine", to: 0, 0)
                for options in [[], ["--ownership", "on-root-mismatch"]] {
                    let (run, report) = try BerthRun(tree.homeOption + options, ["true"], starter).reporting(in: tree)
                    let outcome = try run.run()
                    #expect(outcome.status == 0, "\(outcome)")
                    #expect(try status(tree.home + "/mine").st_uid == 0, "it walked")
                    #expect(try report.stage("owned")?["changed"] as? Int ?? 0 == 0)
                }
            }
        }

        @Test("always walks although the home itself is right", arguments: Starter.powerful)
        func always(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try give(tree.home + "/mine", to: 0, 0)
                let outcome = try BerthRun(tree.homeOption + ["--ownership", "always"], ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("check ends with 125, names what is wrong, changes nothing", arguments: Starter.powerful)
        func check(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try makeDirectory(tree.home + "/closed", mode: 0o700)
                try give(tree.home + "/closed", to: 0, 0)
                let before = try snapshot(tree.home)
                let outcome = try BerthRun(
                    tree.homeOption + ["--ownership", "check"], ["touch", tree.homeTarget + "/started"], starter
                ).run()
                #expect(outcome.status == 125, "\(outcome)")
                #expect(outcome.errors.hasPrefix("berth: ") && outcome.errors.contains(tree.home), "\(outcome)")
                #expect(try snapshot(tree.home) == before)
            }
        }

        @Test("check lets a right home pass", arguments: Starter.allCases)
        func checkOfRightHome(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(tree.homeOption + ["--ownership", "check"], ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test("off does not look", arguments: Starter.powerful)
        func off(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try give(tree.home + "/mine", to: 0, 0)
                let outcome = try BerthRun(tree.homeOption + ["--ownership", "off"], ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == 0)
            }
        }

        @Test("shared trees keep their owners", arguments: Starter.powerful)
        func sharedKeepsOwners(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try give(tree.shared + "/file", to: 0, 0)
                try makeForeign(tree)
                let before = try snapshot(tree.shared)
                let outcome = try BerthRun(tree.options + ["--ownership", "always"], ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try snapshot(tree.shared) == before)
            }
        }

        @Test("a run shows why it walks and how far it is, on standard error and in its status lines")
        func progress() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try Command(Self.probe, "make-files", tree.home, "700", "700").mustRun()
                try give(tree.home, to: 0, 5)
                func run(_ form: String) throws -> (Outcome, Report) {
                    let (run, report) = try BerthRun(
                        tree.homeOption + ["--ownership", "always", "--progress", form], ["true"], .rootNamingAccount
                    ).reporting(in: tree)
                    return (try run.run(), report)
                }
                let (outcome, report) = try run("json")
                #expect(outcome.status == 0, "\(outcome)")
                let lines = outcome.errors.split(separator: "\n")
                #expect(
                    lines.first?.contains(#""event":"owning","home":"\#(tree.home)","mode":"always","uid":0,"gid":5"#)
                        == true)
                let events = try report.events().compactMap { $0["event"] as? String }
                #expect(events.contains("owning") && events.filter { $0 == "progress" }.count == lines.count - 1)
                let far = try report.event("progress")
                if let far { #expect((far["directory"] as? String)?.hasPrefix(tree.home) == true, "\(far)") }

                try give(tree.home + "/mine", to: 0, 0)
                let (terminal, _) = try run("terminal")
                #expect(terminal.status == 0 && terminal.errors.hasPrefix("berth: giving what home "), "\(terminal)")
                let (none, _) = try run("none")
                #expect(none.status == 0 && none.errors == "", "\(none)")
                try give(tree.home + "/mine", to: 0, 0)
                let options = ["--ownership", "always", "--config", tree.root + "/pod.toml"]
                try make(tree.root + "/pod.toml", "progress = \"json\"\n")
                let configured = try BerthRun(tree.homeOption + options, ["true"], .rootNamingAccount).run()
                #expect(configured.errors.hasPrefix(#"{"version":1,"event":"owning""#), "\(configured)")
            }
        }

        @Test("links are changed, what they lead to is not", arguments: Starter.powerful)
        func linksAreNotFollowed(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try makeForeign(tree)
                try makeDirectory(tree.root + "/elsewhere")
                try make(tree.root + "/elsewhere/canary")
                for (name, to) in [("l1", "/elsewhere"), ("l2", "/elsewhere/canary")] {
                    symlink(tree.root + to, "\(tree.home)/\(name)")
                }
                let outcome = try BerthRun(tree.homeOption, ["true"], starter).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
                #expect(try status(tree.root + "/elsewhere").st_uid == 0)
                #expect(try status(tree.root + "/elsewhere/canary").st_uid == 0)
            }
        }
    }
}
