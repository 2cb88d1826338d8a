import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("berth own: what the kernel or a link stands in the way of") struct OwnRefusals {
        @Test("a link outside is refused, or changed where that is asked for")
        func linkOutside() throws {
            try needRoot()
            try withTree { tree in
                try make(tree.root + "/canary")
                link(tree.root + "/canary", tree.home + "/innocent")
                usleep(60_000)
                let outcome = try BerthOwn("--to", "1:1", tree.home).run()
                #expect(outcome.status == 1 && outcome.errors.contains("1 of its 2 links"), "\(outcome)")
                #expect(try status(tree.root + "/canary").st_uid == 0)
                #expect(try status(tree.home).st_uid == TestAccount.first.user)
                #expect(try status(tree.home + "/mine").st_uid == 1)
                expect(status: 0, try BerthOwn("--to", "1:1", "--hard-links", "change", tree.home).run())
                #expect(try status(tree.root + "/canary").st_uid == 1)
                #expect(try status(tree.home).st_uid == 1)
            }
        }

        @Test("links within the tree, and over two trees, are inside", arguments: [false, true])
        func linksInside(recorded: Bool) throws {
            try needRoot()
            try withTree { tree in
                let (one, two) = (tree.root + "/one", tree.root + "/two")
                for path in [one, two, one + "/d"] { try makeDirectory(path) }
                try make(one + "/a")
                link(one + "/a", one + "/d/b")
                try make(one + "/x")
                link(one + "/x", two + "/y")
                usleep(60_000)
                let options = recorded ? ["--record", tree.root + "/record"] : []
                let alone = try BerthOwn(options + ["--to", "1:1", one]).run()
                #expect(alone.status == 1 && alone.errors.contains("one/x"), "\(alone)")
                #expect(try status(one + "/d/b").st_uid == 1)
                #expect(try status(two + "/y").st_uid == 0)
                let both = try BerthOwn(options + ["--to", "1:1", one, two]).run()
                expect(status: 0, both)
                #expect(try status(two + "/y").st_uid == 1)
                if recorded {
                    let before = "0:0"
                    expect(status: 0, try BerthOwn("--restore", tree.root + "/record", one, two).run())
                    for path in [one, two] {
                        #expect(try owners(path).split(separator: "\n").allSatisfy { $0.hasSuffix(before) })
                    }
                }
            }
        }

        @Test("immutable and append-only files are told apart, and the rest is changed", arguments: ["i", "a"])
        func immutable(_ flag: String) throws {
            try needRoot()
            try needTools("chattr")
            try withTree { tree in
                try make(tree.home + "/fixed")
                let set = try Command("chattr", "+" + flag, tree.home + "/fixed").run()
                try need(set.status == 0, "chattr does not work on this file system: \(set.errors)")
                defer { _ = try? Command("chattr", "-" + flag, tree.home + "/fixed").run() }
                let outcome = try BerthOwn("--json", "--to", "1:1", tree.home).run()
                expect(status: 1, outcome)
                let kind = flag == "i" ? "immutable" : "append-only"
                #expect(try outcome.findings().map { $0["kind"] as? String } == [kind], "\(outcome)")
                #expect(outcome.errors.contains("chattr -" + flag), "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == 1)
                #expect(try status(tree.home + "/fixed").st_uid == 0)
            }
        }

        @Test("a read-only mount ends the walk of that tree with one explanation, the other tree is changed")
        func readOnlyMount() throws {
            try needRoot()
            try withTree { tree in
                let (one, two) = (tree.root + "/one", tree.root + "/two")
                for path in [one, two] { try makeOwnedTree(path) }
                let script = """
                    mount --bind \(one) \(one) && mount -o remount,bind,ro \(one) && exec "$@"
                    """
                var own = BerthOwn("--json", "--to", "1:1", "--threads", "1", one, two)
                own.prefix = ["unshare", "-m", "sh", "-c", script, "sh"]
                let outcome = try own.run()
                expect(status: 1, outcome)
                let result = try outcome.result()
                #expect(result["ending"] as? String == "hopeless")
                #expect(number(result, "refused") < 5, "\(outcome)")
                let kinds = try Set(outcome.findings().compactMap { $0["kind"] as? String })
                #expect(kinds == ["read-only-mount"], "\(outcome)")
                #expect(try status(one + "/a").st_uid == 0)
                #expect(try Set(owners(two).split(separator: "\n").map { $0.split(separator: " ").last }) == ["1:1"])
            }
        }

        @Test("a mount within the tree is not entered, also of the same file system")
        func innerMount() throws {
            try needRoot()
            try withTree { tree in
                for path in ["/tmpfs", "/bind"] { try makeDirectory(tree.home + path) }
                try makeDirectory(tree.root + "/elsewhere")
                try make(tree.root + "/elsewhere/canary")
                let script = """
                    mount -t tmpfs tmpfs \(tree.home)/tmpfs && touch \(tree.home)/tmpfs/canary
                    mount --bind \(tree.root)/elsewhere \(tree.home)/bind
                    "$@" >/dev/null; s=$?
                    stat -c %u \(tree.home)/tmpfs/canary \(tree.home)/bind/canary \(tree.home)/bind; exit $s
                    """
                var own = BerthOwn("--to", "1:1", tree.home)
                own.prefix = ["unshare", "-m", "sh", "-c", script, "sh"]
                let outcome = try own.run()
                #expect(outcome.status == 0 && outcome.lines == ["0", "0", "0"], "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == 1)
            }
        }

        @Test("an id that the user namespace does not map ends the walk with one explanation")
        func unmappedID() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home, directories: 2, each: 300)
                try Command("chown", "-hR", "\(TestAccount.first.user):\(TestAccount.first.group)", tree.home).mustRun()
                var own = BerthOwn("--json", "--to", "1:1", tree.home)
                own.prefix = Starter.namespaceRoot.prefix
                let before = try owners(tree.home)
                let outcome = try own.run()
                expect(status: 1, outcome)
                let result = try outcome.result()
                #expect(result["ending"] as? String == "hopeless" && number(result, "refused") < 100, "\(outcome)")
                #expect(try Set(outcome.findings().compactMap { $0["kind"] as? String }) == ["unmapped-id"])
                #expect(try owners(tree.home) == before)
            }
        }

        @Test("the first twenty are listed, all are counted, and --json has all")
        func many() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/outside/canaries")
                for number in 0..<50 {
                    try make("\(tree.root)/outside/canaries/\(number)")
                    link("\(tree.root)/outside/canaries/\(number)", "\(tree.home)/link-\(number)")
                }
                usleep(60_000)
                let text = try BerthOwn("--to", "1:1", tree.home).run()
                #expect(text.status == 1 && text.output.contains("50 refused"), "\(text)")
                #expect(text.errors.components(separatedBy: "link-").count - 1 == 20, "\(text)")
                #expect(text.errors.contains("30 more"), "\(text)")
                let json = try BerthOwn("--json", "--to", "1:1", tree.home).run()
                #expect(try Set(json.findings().compactMap { $0["path"] as? String }).count == 50)
                #expect((try json.result()["refusals"] as? [String: Int]) == ["hard-links": 50])
            }
        }

        @Test("an account without power is told what is missing")
        func powerless() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home + "/mine", to: 0, 0)
                chmod(tree.home, 0o755)
                var own = BerthOwn(tree.home)
                own.prefix = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups", "--"]
                let outcome = try own.run()
                #expect(outcome.status == 1 && outcome.errors.contains("cap_chown"), "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == 0)
            }
        }

        @Test("set-id bits and file capabilities that a change takes away are told")
        func setID() throws {
            try needRoot()
            try needTools("setcap")
            try withTree { tree in
                try make(tree.home + "/suid", mode: 0o4755)
                try make(tree.home + "/capable", mode: 0o755)
                try Command("setcap", "cap_net_raw+ep", tree.home + "/capable").mustRun()
                let outcome = try BerthOwn("--json", "--to", "1:1", tree.home).run()
                #expect(outcome.status == 0 && outcome.errors.contains("warning: "), "\(outcome)")
                let kinds = try Set(outcome.findings().compactMap { $0["kind"] as? String })
                #expect(kinds == ["set-id-cleared", "capabilities-cleared"], "\(outcome)")
                #expect(try status(tree.home + "/suid").st_mode & 0o4000 == 0)
            }
        }
    }
}
