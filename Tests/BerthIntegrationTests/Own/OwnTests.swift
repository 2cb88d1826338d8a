import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("berth own: what each option does") struct Own {
        @Test(
            "comes out as chown -hR leaves it, whatever number of threads",
            arguments: [[], ["--threads", "1"], ["--threads", "7"]])
        func asChown(_ options: [String]) throws {
            try needRoot()
            try withTree { tree in
                let (mine, theirs) = (tree.root + "/mine", tree.root + "/theirs")
                try makeOwnedTree(mine)
                try Command("cp", "-a", mine, theirs).mustRun()
                try Command("chown", "-hR", "4321:8765", theirs).mustRun()
                let before = try owners(mine)
                let outcome = try BerthOwn(options + ["--to", "4321:8765", mine]).run()
                #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
                #expect(try owners(mine) == owners(theirs))
                #expect(try owners(mine) != before)
                #expect(outcome.output.contains("changed"), "\(outcome)")
            }
        }

        @Test("an account by name: any of its groups is right")
        func byName() throws {
            try needRoot()
            let (account, group) = (TestAccount.first, TestAccount.sharedGroup)
            try withTree { tree in
                try makeOwnedTree(tree.home)
                try give(tree.home + "/open/d", to: account.user, group)
                let outcome = try BerthOwn("--to", account.name, tree.home).run()
                expect(status: 0, outcome)
                #expect(try status(tree.home + "/open/d").st_gid == group)
                #expect(try foreignEntries(tree.home + "/closed") == [])
                // A group that is asked for is the only right one.
                expect(status: 0, try BerthOwn("--to", "\(account.name):\(account.group)", tree.home).run())
                #expect(try foreignEntries(tree.home) == [])
            }
        }

        @Test("an ordinary account without --to is itself the target; root has to name one")
        func withoutTarget() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home + "/mine", to: TestAccount.first.user, TestAccount.sharedGroup)
                let outcome = try BerthOwn(tree.home, as: .first).run()
                #expect(outcome.status == 0 && outcome.output.contains("2 right"), "\(outcome)")
                let root = try BerthOwn(tree.home).run()
                #expect(root.status == 125 && root.errors.contains("--to"), "\(root)")
                #expect(root.errors.contains("hint: "), "\(root)")
            }
        }

        @Test("--from changes the files of one owner only")
        func from() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                expect(status: 0, try BerthOwn("--to", "1:1", "--from", "5001", tree.home).run())
                expect(status: 0, try BerthOwn("--to", "2:2", "--from", "5002:9", tree.home).run())
                expect(status: 0, try BerthOwn("--to", "3:3", "--from", "5003:6003", tree.home).run())
                let owned = try (0..<4).map { try status("\(tree.home)/directory-\($0)/file-1").st_uid }
                #expect(owned == [5000, 1, 5002, 3])
            }
        }

        @Test("--map translates users and groups in ranges, and a second time finds nothing to do")
        func map() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                let options = ["--map", "5000:700000:3", "--map", "6002:800000:100", tree.home]
                let before = try owners(tree.home).split(separator: "\n")
                let outcome = try BerthOwn(options).run()
                expect(status: 0, outcome)
                let expected = before.map { line in
                    line.replacing("5000:6000", with: "700000:6000").replacing("5001:6001", with: "700001:6001")
                        .replacing("5002:6002", with: "700002:800000").replacing("5003:6003", with: "5003:800001")
                        .replacing("5004:6004", with: "5004:800002").replacing("5005:6005", with: "5005:800003")
                }
                #expect(try owners(tree.home).split(separator: "\n") == expected)
                let again = try BerthOwn(["--json"] + options).run()
                #expect(try number(again.result(), "changed") == 0, "\(again)")
            }
        }

        @Test("ranges that overlap are refused before anything is done")
        func overlap() throws {
            try withTree { tree in
                let before = try owners(tree.home)
                for maps in [["1:2:3"], ["1:100:10", "5:200:10"], ["1:100:10", "100:300:1"]] {
                    let outcome = try BerthOwn(maps.flatMap { ["--map", $0] } + [tree.home]).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("overlap"), "\(outcome)")
                }
                #expect(try owners(tree.home) == before)
            }
        }

        @Test("--dry-run changes nothing, counts by owner, and tells which capabilities it takes")
        func dryRun() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                let before = try owners(tree.home)
                let outcome = try BerthOwn("--dry-run", "--to", "5001:6001", tree.home).run()
                #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
                #expect(outcome.output.contains("5002:6002: 21 entries, 21 to change"), "\(outcome)")
                #expect(outcome.output.contains("5001:6001: 21 entries, 0 to change"), "\(outcome)")
                #expect(outcome.output.contains("needs cap_chown, cap_dac_override: there"), "\(outcome)")
                let poor = try BerthOwn("--dry-run", "--to", "5001:6001", tree.home, as: .second).run()
                #expect(poor.output.contains("missing cap_chown, cap_dac_override"), "\(poor)")
                #expect(try owners(tree.home) == before)
            }
        }

        @Test("--dry-run tells what would be refused")
        func dryRunOfRefusals() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                link(tree.home + "/directory-1/file-1", tree.root + "/outside-link")
                usleep(60_000)
                let outcome = try BerthOwn("--dry-run", "--json", "--to", "1:1", tree.home).run()
                expect(status: 1, outcome)
                #expect((try outcome.result()["refusals"] as? [String: Int]) == ["hard-links": 1], "\(outcome)")
                let obstructed = try outcome.findings().filter { $0["obstacle"] != nil }
                #expect(obstructed.map { $0["path"] as? String } == [tree.home + "/directory-1/file-1"])
                #expect(outcome.errors.contains("directory-1/file-1"), "\(outcome)")
            }
        }

        @Test("on-root-mismatch looks at the root alone, always looks through everything")
        func when() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                try give(tree.home, to: 77, 78)
                let before = try owners(tree.home)
                let skipped = try BerthOwn("--to", "77:78", "--when", "on-root-mismatch", tree.home).run()
                #expect(skipped.status == 0 && skipped.output.contains("not looked through"), "\(skipped)")
                #expect(try owners(tree.home) == before)
                expect(status: 0, try BerthOwn("--to", "77:79", "--when", "on-root-mismatch", tree.home).run())
                #expect(
                    try Set(owners(tree.home).split(separator: "\n").map { $0.split(separator: " ").last }).count == 1)
                try give(tree.home + "/a", to: 5, 5)
                usleep(60_000)
                expect(status: 0, try BerthOwn("--to", "77:79", "--when", "always", tree.home).run())
                #expect(try status(tree.home + "/a").st_uid == 77)
            }
        }

        @Test("several trees are walked as one, and each root waits for its own tree only")
        func severalTrees() throws {
            try needRoot()
            try needTools("chattr")
            try withTree { tree in
                let (one, two) = (tree.root + "/one", tree.root + "/two")
                for path in [one, two] { try makeOwnedTree(path) }
                let set = try Command("chattr", "+i", one + "/a").run()
                try need(set.status == 0, "chattr +i does not work on this file system: \(set.errors)")
                let outcome = try BerthOwn("--to", "77:78", one, two).run()
                _ = try Command("chattr", "-i", one + "/a").run()
                #expect(outcome.status == 1 && outcome.errors.contains(one + "/"), "\(outcome)")
                #expect(try status(one).st_uid == 0)
                #expect(try status(two).st_uid == 77)
                expect(status: 0, try BerthOwn("--to", "77:78", one, two).run())
                #expect(try status(one).st_uid == 77)
            }
        }
    }
}
