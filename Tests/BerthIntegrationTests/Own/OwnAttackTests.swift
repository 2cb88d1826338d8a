import Foundation
import Glibc
import Testing

extension BerthIntegration {
    /// Promise (e): whatever the owner of a tree does to it meanwhile, nothing outside changes its owner.
    @Suite("berth own: attacks while it walks") struct OwnAttacks {
        private static let probe = Machine.program("session-probe")

        /// The owners of what nobody may change; attackers that trip over each other may add names.
        private func canaries(_ secret: String) throws -> [[uid_t]] {
            try ["", "/canary", "/another"].map { name in
                let entry = try status(secret + name)
                return [entry.st_uid, entry.st_gid]
            }
        }

        /// Runs berth over and over beside scripts of the tree's owner, and looks at what is outside after each run.
        private func attack(rounds: Int, _ options: [String], _ scripts: [@Sendable (Tree) -> String]) throws {
            try needRoot()
            try withTree { tree in
                let secret = tree.root + "/secret"
                try makeDirectory(secret)
                for name in ["canary", "another"] { try make("\(secret)/\(name)") }
                chmod(secret, 0o777)
                try Command(Self.probe, "make-files", tree.home, "40", "25").mustRun()
                let account = TestAccount.first
                try Command("chown", "-R", "\(account.user):\(account.group)", tree.home).mustRun()
                // Links to files of others are refused to ordinary accounts where fs.protected_hardlinks says so: the
                // attackers are root, who is refused nothing.
                let before = try canaries(secret)
                let attackers = try scripts.map { try Command("sh", "-c", $0(tree)).start() }
                defer { for attacker in attackers { attacker.send(SIGKILL) } }
                var changed = 0
                for round in 0..<rounds {
                    let target = round % 2 == 0 ? "54321:54322" : "4711:4711"
                    let outcome = try BerthOwn(options + ["--json", "--to", target, tree.home]).run()
                    #expect([0, 1].contains(outcome.status), "\(outcome)")
                    changed += try number(outcome.result(), "changed")
                    try #require(try canaries(secret) == before, "round \(round): \(outcome)")
                }
                #expect(changed > rounds * 100)
                for attacker in attackers { #expect(!attacker.hasEnded, "an attacker gave up: \(attacker.errors)") }
            }
        }

        private static let exchangeOfDirectories: @Sendable (Tree) -> String = { tree in
            """
            cd \(tree.home); ln -sn \(tree.root)/secret trap
            while :; do for d in directory-*; do mv -T $d away; mv -T trap $d; mv -T $d trap; mv -T away $d; done; done
            """
        }

        private static let linksInPlaceOfFiles: @Sendable (Tree) -> String = { tree in
            """
            cd \(tree.home)
            while :; do for d in directory-*; do
              mv -T $d/file-7 mine 2>/dev/null || continue
              ln \(tree.root)/secret/canary $d/file-7; rm -f $d/file-7; ln -s \(tree.root)/secret/another $d/file-7
              mv -T mine $d/file-7
            done; done
            """
        }

        private static let aLinkThatMoves: @Sendable (Tree) -> String = { tree in
            """
            cd \(tree.home); ln \(tree.root)/secret/canary moving
            while :; do for d in directory-*; do mv moving $d/moving; ln $d/moving moving; rm $d/moving; done; done
            """
        }

        @Test("directories that become links", .timeLimit(.minutes(5)), arguments: [[], ["--hard-links", "refuse"]])
        func directories(_ options: [String]) throws { try attack(rounds: 30, options, [Self.exchangeOfDirectories]) }

        @Test("files that become links to a canary, and a link that moves about", .timeLimit(.minutes(5)))
        func links() throws { try attack(rounds: 30, [], [Self.linksInPlaceOfFiles, Self.aLinkThatMoves]) }

        @Test("the same beside a restoration", .timeLimit(.minutes(5)))
        func restoration() throws {
            try needRoot()
            try withTree { tree in
                let (secret, record) = (tree.root + "/secret", tree.root + "/record")
                try makeDirectory(secret)
                for name in ["canary", "another"] { try make("\(secret)/\(name)") }
                try Command(Self.probe, "make-files", tree.home, "40", "25").mustRun()
                // What a restoration looks for: files that belong to whom the walk gave them.
                for name in ["", "/canary", "/another"] { try give(secret + name, to: 54321, 54322) }
                let before = try canaries(secret)
                for round in 0..<10 {
                    unlink(record)
                    let target = ["--to", "54321:54322", "--record", record, tree.home]
                    expect(status: 0, try BerthOwn(target).run())
                    let attackers = try [Self.exchangeOfDirectories, Self.linksInPlaceOfFiles].map {
                        try Command("sh", "-c", $0(tree)).start()
                    }
                    let outcome = try BerthOwn("--restore", record, tree.home).run()
                    for attacker in attackers {
                        attacker.send(SIGKILL)
                        _ = try attacker.wait()
                    }
                    #expect([0, 1].contains(outcome.status), "\(outcome)")
                    try #require(try canaries(secret) == before, "round \(round): \(outcome)")
                    // What an attacker was about when it was killed; a link to a canary must not be given away here.
                    usleep(60_000)
                    try Command(
                        "sh", "-c",
                        "cd $1; rm -rf -- trap away mine; find . -type l -delete; find . -type f -links +1 -delete; "
                            + "chown -hR 0:0 .", "sh", tree.home
                    ).mustRun()
                    usleep(60_000)
                }
            }
        }
    }
}
