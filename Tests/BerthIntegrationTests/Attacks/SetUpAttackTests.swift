import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Set-up: links planted by the account, before and while root starts berth") struct SetUpAttacks {
        private static let probe = Machine.program("session-probe")

        /// Beside the tree: a directory of root's that must never be shown, changed or mounted upon.
        private func makeSecret(_ tree: Tree) throws -> String {
            let secret = tree.root + "/secret"
            try makeDirectory(secret, mode: 0o700)
            try make(secret + "/canary", "secret", mode: 0o600)
            try makeDirectory(secret + "/home", mode: 0o700)
            try make(secret + "/home/canary", "secret", mode: 0o600)
            return secret
        }

        @Test(
            "a link that the account planted is refused, as source, parent or target",
            arguments: ["home source", "shared source", "parent of the source", "home target", "parent of the target"])
        func planted(_ place: String) throws {
            try needRoot()
            try withTree { tree in
                let secret = try makeSecret(tree)
                let before = try snapshot(secret)
                let link = tree.root + "/account/link"
                try makeDirectory(tree.root + "/account")
                try give(tree.root + "/account")
                symlink(secret, link)
                try give(link)
                let options =
                    switch place {
                    case "home source": ["--home", "\(link):\(tree.homeTarget)"]
                    case "shared source": tree.homeOption + ["--shared", "\(link):\(tree.sharedTarget)"]
                    case "parent of the source": ["--home", "\(link)/home:\(tree.homeTarget)"]
                    case "home target": ["--home", "\(tree.home):\(link)"]
                    default: ["--home", "\(tree.home):\(link)/home"]
                    }
                let outcome = try BerthRun(
                    options + ["--ownership", "always"], ["touch", tree.root + "/account/started"], .rootNamingAccount
                ).run()
                #expect(outcome.status == 125 && outcome.errors.contains("link"), "\(outcome)")
                #expect(!exists(tree.root + "/account/started"))
                #expect(try snapshot(secret) == before)
            }
        }

        @Test(
            "links of root's are followed, as /var/run is",
            arguments: ["source", "parent of the source", "target", "relative"])
        func ordinaryLinks(_ place: String) throws {
            try needRoot()
            try withTree { tree in
                symlink(tree.home, tree.root + "/home-link")
                symlink(tree.root + "/outside", tree.root + "/outside-link")
                symlink("inside/../inside/home", tree.root + "/target-link")
                symlink("outside/home", tree.root + "/relative-link")
                let options =
                    switch place {
                    case "source": ["--home", "\(tree.root)/home-link:\(tree.homeTarget)"]
                    case "parent of the source": ["--home", "\(tree.root)/outside-link/home:\(tree.homeTarget)"]
                    case "target": ["--home", "\(tree.home):\(tree.root)/target-link"]
                    default: ["--home", "\(tree.root)/relative-link:\(tree.homeTarget)"]
                    }
                let outcome = try BerthRun(options, script: "cat \(tree.homeTarget)/mine", .rootNamingAccount).run()
                #expect(outcome.status == 0 && outcome.output == "mine", "\(outcome)")
            }
        }

        /// Runs berth again and again, as root, while the account exchanges a directory and a link to the secret.
        private func race(_ tree: Tree, _ one: String, _ other: String, _ runs: Int, _ options: [String]) throws
            -> [Int32]
        {
            let racer = try Command(asAccount(.first) + [Self.probe, "exchange", one, other]).start()
            defer { racer.send(SIGKILL) }
            try waitUntil("the exchange goes on") { racer.output.contains("exchanging") }
            var statuses: [Int32] = []
            for _ in 0..<runs {
                let script =
                    "cat \(tree.homeTarget)/canary \(tree.homeTarget)/home/canary 2>/dev/null; cat $HOME/mine; true"
                let outcome = try BerthRun(options + ["--ownership", "always"], script: script, .rootNamingAccount)
                    .run()
                #expect(!outcome.output.contains("secret"), "\(outcome)")
                #expect([0, 125].contains(outcome.status), "\(outcome)")
                if outcome.status == 0 { #expect(outcome.output == "mine", "\(outcome)") }
                statuses.append(outcome.status)
            }
            #expect(kill(racer.process, 0) == 0, "the racer has ended: \(racer.output)")
            return statuses
        }

        @Test("the source is exchanged for a link", .timeLimit(.minutes(10)))
        func racingSource() throws {
            try needRoot()
            try withTree { tree in
                let secret = try makeSecret(tree)
                let before = try snapshot(secret)
                let place = try makeRacingPlace(tree, target: secret)
                try Command("cp", "-a", tree.home, place + "/real").mustRun()
                let statuses = try race(
                    tree, place + "/real", place + "/link", 120, ["--home", "\(place)/real:\(tree.homeTarget)"])
                #expect(try snapshot(secret) == before)
                #expect(Set(statuses).count == 2, "the race was not one: \(statuses)")
            }
        }

        @Test("a parent of the source is exchanged for a link", .timeLimit(.minutes(10)))
        func racingParent() throws {
            try needRoot()
            try withTree { tree in
                let secret = try makeSecret(tree)
                let before = try snapshot(secret)
                let place = try makeRacingPlace(tree, target: secret)
                try makeDirectory(place + "/real")
                try Command("cp", "-a", tree.home, place + "/real/home").mustRun()
                try give(place + "/real")
                let statuses = try race(
                    tree, place + "/real", place + "/link", 120, ["--home", "\(place)/real/home:\(tree.homeTarget)"])
                #expect(try snapshot(secret) == before)
                #expect(Set(statuses).count == 2, "the race was not one: \(statuses)")
            }
        }

        @Test("the target is exchanged for a link", .timeLimit(.minutes(10)))
        func racingTarget() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/elsewhere")
                let place = try makeRacingPlace(tree, target: tree.root + "/elsewhere")
                try makeDirectory(place + "/real")
                try give(place + "/real")
                let racer = try Command(asAccount(.first) + [Self.probe, "exchange", place + "/real", place + "/link"])
                    .start()
                defer { racer.send(SIGKILL) }
                try waitUntil("the exchange goes on") { racer.output.contains("exchanging") }
                var elsewhere = 0
                var refused = 0
                for _ in 0..<120 {
                    let outcome = try BerthRun(
                        ["--home", "\(tree.home):\(place)/real"], script: "ls \(tree.root)/elsewhere",
                        .rootNamingAccount
                    ).run()
                    #expect([0, 125].contains(outcome.status), "\(outcome)")
                    if outcome.output != "" { elsewhere += 1 }
                    if outcome.status == 125 { refused += 1 }
                }
                #expect(elsewhere == 0, "of 120 runs, mounted elsewhere")
                #expect(refused > 0 && refused < 120, "the race was not one")
            }
        }

        /// A directory of the account's with a link to what it wants shown.
        private func makeRacingPlace(_ tree: Tree, target: String) throws -> String {
            let place = tree.root + "/account"
            try makeDirectory(place)
            symlink(target, place + "/link")
            for path in [place, place + "/link"] { try give(path) }
            return place
        }

        @Test("the tree changes under the owner worker, nothing outside does", .timeLimit(.minutes(10)))
        func racingWalk() throws {
            try needRoot()
            try withTree { tree in
                let secret = try makeSecret(tree)
                let before = try snapshot(secret)
                try Command(Self.probe, "make-files", tree.home, "20", "100").mustRun()
                try Command("chown", "-R", "\(TestAccount.first.user)", tree.home).mustRun()
                symlink(secret, tree.home + "/link")
                try give(tree.home + "/link")
                let racer = try Command(
                    asAccount(.first) + [Self.probe, "exchange", tree.home + "/directory-7", tree.home + "/link"]
                ).start()
                defer { racer.send(SIGKILL) }
                try waitUntil("the exchange goes on") { racer.output.contains("exchanging") }
                for _ in 0..<60 {
                    try give(tree.home + "/directory-3/file-1", to: 0, 0)
                    let outcome = try BerthRun(
                        tree.homeOption + ["--ownership", "always"], ["true"], .rootNamingAccount
                    ).run()
                    #expect([0, 125].contains(outcome.status), "\(outcome)")
                }
                #expect(try snapshot(secret) == before)
            }
        }
    }
}
