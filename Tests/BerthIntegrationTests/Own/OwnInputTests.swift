import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("berth own: what is not done") struct OwnInput {
        @Test(
            "options that contradict each other, or say nothing, are refused",
            arguments: [
                ["--to", "1:1", "--map", "1:100:1"], ["--from", "1", "--map", "1:100:1"],
                ["--restore", "/r", "--to", "1:1"], ["--restore", "/r", "--from", "1"],
                ["--restore", "/r", "--map", "1:100:1"], ["--restore", "/r", "--record", "/s"],
                ["--restore", "/r", "--hard-links", "change"], ["--restore", "/r", "--when", "always"],
                ["--restore", "/r", "--threads", "2"], ["--to", "1:1", "--dry-run", "--record", "/s"],
                ["--to", "1:1", "--to", "2:2"], ["--to", "-1:1"], ["--to", "4294967295:1"], ["--to", "1:2:3"],
                ["--to", "nobody-has-this-name"], ["--to", "1:1", "--from", "x"], ["--to", "1:1", "--from", "1:2:3"],
                ["--map", "1:2"], ["--map", "1:2:0"], ["--map", "4294967290:1:10"], ["--to", "1:1", "--threads", "0"],
                ["--to", "1:1", "--threads", "many"], ["--to", "1:1", "--deadline", "0"],
                ["--to", "1:1", "--deadline", "5d"], ["--to", "1:1", "--deadline", ""],
                ["--to", "1:1", "--progress", "loud"], ["--to", "1:1", "--when", "never"],
                ["--to", "1:1", "--hard-links", "maybe"], ["--to", "1:1", "--record", ""],
            ])
        func contradictions(_ options: [String]) throws {
            try needRoot()
            try withTree { tree in
                let before = try owners(tree.home)
                let outcome = try BerthOwn(options + [tree.home]).run()
                #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                #expect(outcome.output == "")
                #expect(try owners(tree.home) == before)
                #expect(!exists("/s"))
            }
        }

        @Test("no path, a file, a path that is not there, the root directory")
        func paths() throws {
            try needRoot()
            try withTree { tree in
                symlink("/", tree.root + "/to-root")
                let places: [[String]] = [
                    [], [tree.home + "/mine"], [tree.root + "/nowhere"], ["/"], ["/.."], ["//"],
                    [tree.root + "/to-root"],
                    [tree.home, "/"],
                ]
                let before = try owners(tree.home)
                for paths in places {
                    let outcome = try BerthOwn(["--to", "1:1", "--dry-run"] + paths).run()
                    expect(status: 125, outcome)
                }
                #expect(try owners(tree.home) == before)
            }
        }

        @Test("a tree within another one, or twice the same, is refused")
        func overlaps() throws {
            try needRoot()
            try withTree { tree in
                symlink(tree.home, tree.root + "/link")
                let pairs = [[tree.root, tree.home], [tree.home, tree.root], [tree.home, tree.root + "/link"]]
                for paths in pairs {
                    let outcome = try BerthOwn(["--to", "1:1"] + paths).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("lies in"), "\(outcome)")
                }
                try makeDirectory(tree.home + "-and-more")
                expect(status: 0, try BerthOwn("--to", "1:1", tree.home, tree.home + "-and-more").run())
            }
        }

        @Test("a link that somebody else made is not followed to a tree")
        func strangersLink() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/secret")
                try makeDirectory(tree.root + "/account")
                symlink(tree.root + "/secret", tree.root + "/account/link")
                for path in ["/account", "/account/link"] { try give(tree.root + path) }
                let outcome = try BerthOwn("--to", "1:1", tree.root + "/account/link").run()
                #expect(outcome.status == 125 && outcome.errors.contains("hint: "), "\(outcome)")
                #expect(try status(tree.root + "/secret").st_uid == 0)
            }
        }

        @Test("a record within a tree, or through a stranger's link, or that is something else, is refused")
        func records() throws {
            try needRoot()
            try withTree { tree in
                let canary = tree.root + "/canary"
                try make(canary, "a file that is no record, and that somebody wants to keep as it is, every byte")
                symlink(canary, tree.root + "/link")
                mkfifo(tree.root + "/fifo", 0o600)
                try makeDirectory(tree.home + "/inner")
                let before = try owners(tree.home)
                for record in [
                    tree.home + "/record", tree.home + "/inner/record", canary, tree.root + "/link",
                    tree.root + "/fifo",
                    tree.root, tree.root + "/nowhere/record", tree.root + "/..",
                ] {
                    let outcome = try BerthOwn("--to", "1:1", "--record", record, tree.home).run()
                    #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(record): \(outcome)")
                }
                #expect(try owners(tree.home) == before)
                #expect(contents(of: canary).hasPrefix("a file that is no record"))
            }
        }

        @Test("root as target is told")
        func rootAsTarget() throws {
            try needRoot()
            try withTree { tree in
                let outcome = try BerthOwn("--to", "0:0", tree.home).run()
                #expect(outcome.status == 0 && outcome.errors.contains("given to root"), "\(outcome)")
                #expect(try status(tree.home + "/mine").st_uid == 0)
            }
        }

        @Test("names that would speak to a terminal are written out, bytes that are no text too")
        func hostileNames() throws {
            try needRoot()
            try withTree { tree in
                let names: [[UInt8]] = [
                    Array("a\u{1b}[31mred\nline".utf8), Array("b\u{9b}31m\u{202e}\u{85}\"\\".utf8),
                    [99, 0xff, 0xfe, 7],
                ]
                for name in names {
                    let path = Array(tree.home.utf8) + [47] + name + [0]
                    let other = Array((tree.root + "/other").utf8) + name + [0]
                    path.withUnsafeBytes { from in
                        let from = from.bindMemory(to: CChar.self).baseAddress!
                        close(open(from, O_CREAT | O_WRONLY, 0o644))
                        other.withUnsafeBytes { _ = link(from, $0.bindMemory(to: CChar.self).baseAddress!) }
                    }
                }
                usleep(60_000)
                let outcome = try BerthOwn("--json", "--to", "1:1", tree.home).run()
                expect(status: 1, outcome)
                let isPlain: (String) -> Bool = { text in
                    text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7f) }
                }
                #expect(
                    isPlain(outcome.output.replacing("\u{fffd}", with: "")) && isPlain(outcome.errors), "\(outcome)")
                let found = try outcome.findings()
                let paths = Set(found.compactMap { $0["path"] as? String })
                for name in names.prefix(2) {
                    #expect(paths.contains(tree.home + "/" + String(decoding: name, as: UTF8.self)))
                }
                #expect(found.compactMap { $0["path_hex"] as? String }.count == 1)
                #expect(found.contains { ($0["path_hex"] as? String)?.hasSuffix("2f63fffe07") == true }, "\(outcome)")
            }
        }
    }
}
