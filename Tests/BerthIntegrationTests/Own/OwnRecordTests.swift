import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("berth own: records, and what is given back") struct OwnRecords {
        @Test("what was recorded is given back, and what is another by now is listed")
        func restore() throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                let (record, before) = (tree.root + "/record", try owners(tree.home))
                expect(status: 0, try BerthOwn("--to", "1:1", "--record", record, tree.home).run())
                #expect(try status(record).st_mode & 0o777 == 0o600)
                expect(status: 0, try BerthOwn("--map", "1:9:1", "--record", record, tree.home).run())
                let rehearsal = try BerthOwn("--dry-run", "--restore", record, tree.home).run()
                #expect(rehearsal.status == 0 && rehearsal.output.contains("would be changed"), "\(rehearsal)")
                #expect(try status(tree.home + "/a").st_uid == 9)
                expect(status: 0, try BerthOwn("--restore", record, tree.home).run())
                #expect(try owners(tree.home) == before)
                // All of it has been undone.
                let again = try BerthOwn("--json", "--restore", record, tree.home).run()
                #expect(try number(again.result(), "entries") == 0, "\(again)")

                expect(status: 0, try BerthOwn("--to", "1:1", "--record", record, tree.home).run())
                try give(tree.home + "/directory-1/file-1", to: 44, 44)
                unlink(tree.home + "/directory-1/file-2")
                try make(tree.home + "/directory-1/file-2")
                unlink(tree.home + "/directory-1/file-3")
                let partly = try BerthOwn("--json", "--restore", record, tree.home).run()
                expect(status: 1, partly)
                #expect(try number(partly.result(), "different") == 2 && number(partly.result(), "vanished") == 1)
                #expect(partly.errors.contains("directory-1/file-1"), "\(partly)")
                #expect(try status(tree.home + "/directory-1/file-1").st_uid == 44)
                #expect(try status(tree.home + "/directory-1/file-4").st_uid == 5001)
            }
        }

        @Test("where the record cannot be written, nothing is changed", arguments: [true, false])
        func fullDisk(full: Bool) throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home, directories: 2, each: 2000)
                try makeDirectory(tree.root + "/small")
                let before = try owners(tree.home)
                let fill = full ? "head -c 1M /dev/zero >\(tree.root)/small/all; " : ""
                let script = "mount -t tmpfs -o size=16k tmpfs \(tree.root)/small && { \(fill)\"$@\"; }"
                var own = BerthOwn(
                    "--to", "1:1", "--threads", "1", "--json", "--record", tree.root + "/small/record", tree.home)
                own.prefix = ["unshare", "-m", "sh", "-c", script, "sh"]
                let outcome = try own.run()
                #expect(outcome.status == (full ? 125 : 3), "\(outcome)")
                #expect(outcome.errors.contains("No space left"), "\(outcome)")
                if !full {
                    #expect(try number(outcome.result(), "changed") == 0 && number(outcome.result(), "left") > 0)
                }
                #expect(try owners(tree.home) == before)
            }
        }

        @Test(
            "a record that was tampered with is refused, and nothing given back",
            arguments: ["damaged", "longer", "everybody's", "a stranger's", "linked", "another tree's", "nothing"])
        func tampered(_ how: String) throws {
            try needRoot()
            try withTree { tree in
                try makeOwnedTree(tree.home)
                let record = tree.root + "/record"
                expect(status: 0, try BerthOwn("--to", "1:1", "--record", record, tree.home).run())
                var bytes = try Data(contentsOf: URL(fileURLWithPath: record))
                var path = tree.home
                switch how {
                case "damaged": bytes[bytes.count / 2] ^= 4
                case "longer":
                    bytes = bytes.prefix(bytes.count / 2) + Data("inserted".utf8) + bytes.suffix(bytes.count / 2)
                case "nothing":
                    bytes = Data("no record, but long enough to be one if it had been written by berth".utf8)
                default: break
                }
                try bytes.write(to: URL(fileURLWithPath: record))
                switch how {
                case "everybody's": chmod(record, 0o666)
                case "a stranger's": try give(record)
                case "linked": link(record, record + "2")
                case "another tree's":
                    path = tree.root + "/copy"
                    try Command("cp", "-a", tree.home, path).mustRun()
                default: break
                }
                let before = try owners(path)
                let outcome = try BerthOwn("--restore", record, path).run()
                #expect(outcome.status == 125 && outcome.errors.contains("record '"), "\(outcome)")
                #expect(try owners(path) == before)
            }
        }

        @Test(
            "killed at many points, the record and the tree agree, and a second run finishes", .timeLimit(.minutes(5)))
        func killed() throws {
            try needRoot()
            let given = ProcessInfo.processInfo.environment["BERTH_SEED"].flatMap { UInt64($0) }
            let seed = given ?? UInt64.random(in: 1...UInt64(UInt32.max))
            print("killed at points by seed \(seed): BERTH_SEED=\(seed) repeats them")
            var random = Sequence(state: seed)
            try withTree { tree in
                try makeOwnedTree(tree.home, directories: 60, each: 100)
                let (record, before) = (tree.root + "/record", try owners(tree.home))
                let options = ["--to", "1:1", "--threads", "3", "--record", record, tree.home]
                let began = Date()
                expect(status: 0, try BerthOwn(options).run())
                var whole = Date().timeIntervalSince(began)
                expect(status: 0, try BerthOwn("--restore", record, tree.home).run())
                var (round, killed, partly) = (0, 0, 0)
                while round < 300, killed < 30 || partly < 10 {
                    round += 1
                    unlink(record)
                    usleep(60_000)
                    let running = try BerthOwn(options).start()
                    usleep(UInt32(whole * 1_000_000 * Double(random.next() % 1000) / 1000))
                    running.send(SIGKILL)
                    // On a busy machine the points move.
                    if try running.wait().status == 137 { killed += 1 } else { whole *= 0.9 }
                    let now = try owners(tree.home)
                    let some = now.contains(" 1:1\n")
                    if some && now != before.replacing(/\d+:\d+/, with: "1:1") { partly += 1 }
                    try #require(!some || exists(record), "round \(round)")
                    if round % 2 == 0 {
                        usleep(60_000)
                        expect(status: 0, try BerthOwn(options).run())
                        let lines = try owners(tree.home).split(separator: "\n")
                        #expect(lines.allSatisfy { $0.hasSuffix(" 1:1") }, "round \(round), seed \(seed)")
                    }
                    if round % 3 == 0 && exists(record) {
                        let running = try BerthOwn("--restore", record, tree.home).start()
                        usleep(UInt32(whole * 1_000_000 * Double(random.next() % 1000) / 1000))
                        running.send(SIGKILL)
                        _ = try running.wait()
                    }
                    if exists(record) {
                        let back = try BerthOwn("--restore", record, tree.home).run()
                        // A record of which not even the beginning was written is none, and nothing was changed.
                        #expect(back.status == 0, "round \(round), seed \(seed): \(back)")
                    }
                    try #require(try owners(tree.home) == before, "round \(round), seed \(seed)")
                }
                print("killed \(killed) of \(round) times, \(partly) times with a part of the tree changed")
                #expect(killed >= 30 && partly >= 10, "the points were badly chosen: \(killed), \(partly)")
            }
        }
    }
}

/// Numbers that a seed repeats (splitmix64).
private struct Sequence {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
