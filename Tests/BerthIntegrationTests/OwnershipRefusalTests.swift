import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Ownership: what is refused, and ranges of subordinate ids") struct OwnershipRefusals {
        @Test("a hard link to a file outside is refused, the file keeps its owner", arguments: Starter.powerful)
        func hardLinkOutside(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try make(tree.root + "/outside/canary")
                link(tree.root + "/outside/canary", tree.home + "/innocent")
                try give(tree.home, to: 0, 0)
                let outcome = try BerthRun(
                    tree.homeOption, ["touch", tree.homeTarget + "/started"], starter
                ).run()
                #expect(outcome.status == 125 && outcome.errors.contains("innocent"), "\(outcome)")
                #expect(try status(tree.root + "/outside/canary").st_uid == 0)
                #expect(!exists(tree.home + "/started"))
            }
        }

        @Test("an immutable file is refused", arguments: Starter.powerful)
        func immutable(_ starter: Starter) throws {
            try starter.needed()
            try needTools("chattr")
            try withTree { tree in
                try make(tree.home + "/immutable")
                try give(tree.home, to: 0, 0)
                let set = try Command("chattr", "+i", tree.home + "/immutable").run()
                try need(set.status == 0, "chattr +i does not work on this file system: \(set.errors)")
                defer { _ = try? Command("chattr", "-i", tree.home + "/immutable").run() }
                let outcome = try BerthRun(tree.homeOption, ["true"], starter).run()
                #expect(outcome.status == 125 && outcome.errors.contains("immutable"), "\(outcome)")
                #expect(try status(tree.home + "/immutable").st_uid == 0)
            }
        }

        @Test("another file system mounted in the home is not entered")
        func mountInTheHome() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.home + "/mounted")
                try give(tree.home, to: 0, 0)
                let script = """
                    mount -t tmpfs tmpfs \(tree.home)/mounted && touch \(tree.home)/mounted/canary
                    chown 0:0 \(tree.home)/mounted
                    "$@"; s=$?; stat -c %u \(tree.home)/mounted/canary \(tree.home)/mounted; exit $s
                    """
                var run = BerthRun(tree.homeOption, ["true"], .rootNamingAccount)
                run.wrapper = ["unshare", "-m", "sh", "-c", script, "sh"]
                let outcome = try run.run()
                #expect(outcome.lines == ["0", "0"], "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == TestAccount.first.user)
            }
        }

        @Test("an ordinary account gets files of its subordinate ids")
        func subordinateIDs() throws {
            try needRoot()
            try needTools("newuidmap", "newgidmap")
            let account = TestAccount.first
            try need(account.subordinateUsers != nil, "/etc/subuid has no range for the account")
            guard let range = account.subordinateUsers else { return }
            try withTree { tree in
                let probe = Machine.program("session-probe")
                let id = "\(range.first + 99)"
                try Command(probe, "make-foreign-tree", tree.home, id, id).mustRun()
                let outcome = try BerthRun(tree.homeOption, script: "cat $HOME/mine; touch $HOME/closed/new").run()
                #expect(outcome.status == 0 && outcome.output == "mine", "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("root of a namespace gets files of the namespace's ids")
        func namespaceIDs() throws {
            try needRoot()
            try Starter.namespaceRootWithRange.needed()
            guard let range = TestAccount.first.subordinateUsers else { return }
            try withTree { tree in
                let probe = Machine.program("session-probe")
                let id = "\(range.first + 99)"
                try Command(probe, "make-foreign-tree", tree.home, id, id).mustRun()
                let outcome = try BerthRun(tree.homeOption, ["true"], .namespaceRootWithRange).run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("without any power the run is refused with a hint")
        func powerless() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home, to: 0, 0)
                chmod(tree.home, 0o777)
                let outcome = try BerthRun(
                    tree.homeOption, ["touch", tree.homeTarget + "/started"], .namespaceRoot
                ).run()
                #expect(outcome.status == 125, "\(outcome)")
                #expect(outcome.errors.hasPrefix("berth: ") && outcome.errors.contains("hint: "), "\(outcome)")
                #expect(outcome.errors.contains("CAP_CHOWN"), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
                #expect(try status(tree.home).st_uid == 0)
            }
        }

        @Test("an account without subordinate ids is told which power is missing")
        func noRange() throws {
            try needRoot()
            try withTree { tree in
                for path in ["", "/mine"] { try give(tree.home + path, to: 61234, 61234) }
                try make(tree.home + "/foreign")
                let outcome = try Command(
                    [
                        "setpriv", "--reuid=61234", "--regid=61234", "--clear-groups", "--", Machine.program("berth"),
                        "run",
                    ]
                        + tree.homeOption + ["--ownership", "always", "--", "touch", tree.homeTarget + "/started"]
                ).run()
                #expect(outcome.status == 125 && outcome.errors.contains("foreign"), "\(outcome)")
                #expect(outcome.errors.contains("hint: ") && outcome.errors.contains("CAP_CHOWN"), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
                #expect(try status(tree.home + "/foreign").st_uid == 0)
            }
        }

        @Test("a home that an ordinary account's range cannot give to it is refused, the rest unharmed")
        func outsideTheRange() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home + "/mine", to: 0, 0)
                let outcome = try BerthRun(
                    tree.homeOption + ["--ownership", "always"], ["touch", tree.homeTarget + "/started"]
                ).run()
                #expect(outcome.status == 125 && outcome.errors.contains("mine"), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
                #expect(try status(tree.home + "/mine").st_uid == 0)
            }
        }

        @Test("only the first twenty refusals are listed, all are counted")
        func manyRefusals() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/outside/canaries")
                for number in 0..<50 {
                    try make("\(tree.root)/outside/canaries/\(number)")
                    link("\(tree.root)/outside/canaries/\(number)", "\(tree.home)/link-\(number)")
                }
                try give(tree.home, to: 0, 0)
                let outcome = try BerthRun(tree.homeOption, ["true"], .rootNamingAccount).run()
                #expect(outcome.status == 125 && outcome.errors.contains("50"), "\(outcome)")
                #expect(outcome.errors.components(separatedBy: "link-").count - 1 == 20, "\(outcome)")
            }
        }

        @Test("interrupted and run again, it goes on")
        func goesOn() throws {
            try needRoot()
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                try Command(Machine.program("session-probe"), "make-files", tree.home, "60", "1000").mustRun()
                try give(tree.home, to: 0, 0)
                let (run, report) = try BerthRun(tree.homeOption, ["true"], .rootNamingAccount).reporting(in: tree)
                let running = try run.start()
                _ = try report.wait(forStage: "mounted", by: running)
                running.send(SIGKILL)
                _ = try running.wait()
                let outcome = try BerthRun(tree.homeOption + ["--ownership", "always"], ["true"], .rootNamingAccount)
                    .run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try foreignEntries(tree.home) == [])
            }
        }
    }
}
