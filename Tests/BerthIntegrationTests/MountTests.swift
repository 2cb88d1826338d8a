import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Mounts by hand") struct Mounts {
        /// A source with one file, and a target, at which nothing is left mounted after the block.
        private func withPlaces(_ body: (_ source: String, _ target: String) throws -> Void) throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/by-hand source", tree.root + "/by-hand target")
                for path in [source, target] {
                    try makeDirectory(path)
                    try give(path)
                }
                try Data("seen".utf8).write(to: URL(fileURLWithPath: source + "/file"))
                defer { umount2(target, Int32(MNT_DETACH)) }
                try body(source, target)
            }
        }

        private func berth(_ arguments: String...) throws -> Outcome {
            try Command([Machine.program("berth")] + arguments).run()
        }

        private func options(at target: String) throws -> String {
            try Command("findmnt", "-n", "-o", "FSTYPE,SOURCE,OPTIONS", target).run().output
        }

        @Test("it answers as soon as berth has gone into the background, and umount takes it away")
        func life() throws {
            try withPlaces { source, target in
                let answer1 = try berth("mount", "-o", "ro,noexec,fsname=a\\,b", source, target).status
                #expect(answer1 == 0)
                #expect(contents(of: target + "/file") == "seen")
                let shown = try options(at: target)
                for word in ["fuse.berth", "a,b", "ro,", "nosuid", "nodev", "noexec"] { #expect(shown.contains(word)) }
                #expect(open(target + "/new", O_CREAT | O_WRONLY, 0o600) == -1 && errno == EROFS)
                let answer2 = try berth("umount", target).status
                #expect(answer2 == 0)
                #expect(!exists(target + "/file"))
            }
        }

        @Test("noatime keeps the source's access times, and sync makes each write reach it", arguments: [false, true])
        func timesAndWrites(asked: Bool) throws {
            try withPlaces { source, target in
                let script = """
                    touch -a -d 2020-01-01 "$2/file"; mount --bind "$2" "$2"; mount -o remount,bind,strictatime "$2"
                    "$1" mount -o "$4" --trace "$2" "$3" 2> "$2/trace" & until mountpoint -q "$3"; do sleep 0.02; done
                    cat "$3/file"; echo; echo written > "$3/new"; findmnt -n -o OPTIONS "$3"; stat -c %x "$2/file" | cut -c1-4
                    "$1" umount "$3"; wait; grep -c '^fsync "new"' "$2/trace"; umount "$2"
                    """
                let words = asked ? "noatime,sync" : "atime,async"
                let outcome = try Command(
                    "unshare", "--mount", "sh", "-c", script, "sh", Machine.program("berth"), source, target, words
                ).run()
                let lines = outcome.lines
                try #require(lines.count == 4 && lines[0] == "seen", "\(outcome)")
                #expect(lines[1].contains("noatime") == asked && lines[1].contains(",sync") == asked, "\(outcome)")
                #expect((lines[2] == "2020") == asked && (lines[3] == "1") == asked, "\(outcome)")
            }
        }

        @Test("noatime is not for those who read through the source's own mount")
        func ordinaryTimes() throws {
            try withPlaces { source, target in
                for starter in [asAccount(.first), ["unshare", "--user", "--map-root-user", "--mount"]] {
                    let words = starter + [Machine.program("berth"), "mount", "-o", "noatime", source, target]
                    let outcome = try Command(words).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("-o noatime is for root"), "\(outcome)")
                }
            }
        }

        @Test(
            "bad input mounts nothing",
            arguments: ["nonsense", "remount", "cache=sometimes", "map=0:0", "map=0:1:2,map=1:9:1", "max_threads=0"])
        func refused(_ option: String) throws {
            try withPlaces { source, target in
                let outcome = try berth("mount", "-o", option, source, target)
                #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: -o "), "\(outcome)")
                #expect(!exists(target + "/file"))
            }
        }

        @Test("a source or target that is not there mounts nothing")
        func missing() throws {
            try withPlaces { source, target in
                for (from, onto) in [
                    (source + "/none", target), (source, target + "/none"), (source + "/file", target),
                ] {
                    let outcome = try berth("mount", from, onto)
                    #expect(outcome.status == 125 && outcome.errors.hasPrefix("berth: "), "\(outcome)")
                }
                #expect(!exists(target + "/file"))
            }
        }

        @Test("umount takes FUSE mounts only")
        func otherMount() throws {
            try withPlaces { _, target in
                try Command("mount", "-t", "tmpfs", "tmpfs", target).mustRun()
                let outcome = try berth("umount", target)
                #expect(outcome.status == 125 && outcome.errors.contains("tmpfs"), "\(outcome)")
                let answer3 = try options(at: target).contains("tmpfs")
                #expect(answer3)
            }
        }

        @Test("an ordinary account mounts through fusermount3, without suid and dev")
        func ordinaryAccount() throws {
            try withPlaces { source, target in
                let command = asAccount(.first) + [Machine.program("berth")]
                let answer4 = try Command(command + ["mount", "-o", "dev", source, target]).run().status
                #expect(answer4 == 125)
                try Command(command + ["mount", source, target]).mustRun()
                let answer5 = try Command(asAccount(.first) + ["cat", target + "/file"]).run().output
                #expect(answer5 == "seen")
                try Command(command + ["umount", target]).mustRun()
            }
        }

        @Test("many who list one directory of a tree that never changes at once all see all of it, once")
        func listedAtOnce() throws {
            try withPlaces { source, target in
                try makeDirectory(source + "/wide")
                for number in 0..<3000 { try Data().write(to: URL(fileURLWithPath: "\(source)/wide/name-\(number)")) }
                let script = """
                    for n in 1 2 3 4 5 6 7 8; do find "$0/wide" -mindepth 1 -printf '%f\\n' > "$1.$n" & done; wait
                    for n in 1 2 3 4 5 6 7 8; do sort "$1.$n" | cksum; done | sort -u
                    """
                let sorted = try Command("sh", "-c", "ls \"$0/wide\" | sort | cksum", source).run().output
                for _ in 1...5 {
                    try Command(Machine.program("berth"), "mount", "-o", "ro,cache=always", source, target).mustRun()
                    let seen = try Command("sh", "-c", script, target, source + ".list").run().output
                    #expect(seen == sorted)
                    try Command(Machine.program("berth"), "umount", target).mustRun()
                }
            }
        }

        /// A thread of the server begins with the identity that the one which started it had at that moment.
        @Test("what is made belongs to whoever made it, also by a thread that began while another account's was made")
        func makerOfNewThread() throws {
            try withPlaces { source, target in
                #expect(chmod(source, 0o777) == 0)
                let many = "for n in 1 2 3 4 5 6 7 8; do (for m in $(seq 40); do : > $0.$n.$m; done) & done; wait"
                for round in 1...4 {
                    try Command(Machine.program("berth"), "mount", "-o", "allow_other", source, target).mustRun()
                    for (maker, script) in [("61001", ": > $0"), ("0", many)] {
                        let words = ["setpriv", "--reuid", maker, "--regid", maker, "--clear-groups", "sh", "-c"]
                        try Command(words + [script, "\(target)/\(maker)-\(round)"]).mustRun()
                    }
                    try Command(Machine.program("berth"), "umount", target).mustRun()
                }
                let foreign = ["-name", "0-*", "(", "!", "-user", "0", "-o", "!", "-group", "0", ")"]
                let found = try Command(["find", source] + foreign).run().output
                #expect(found == "")
            }
        }

        @Test("a tree that never changes is as open to an ordinary account as its source: owners, groups, ACLs")
        func judgedTree() throws {
            try withPlaces { source, target in
                try Data("closed".utf8).write(to: URL(fileURLWithPath: source + "/closed"))
                for name in ["file", "closed"] {
                    #expect(chown("\(source)/\(name)", 0, 0) == 0 && chmod("\(source)/\(name)", 0o600) == 0)
                }
                try Command("setfacl", "-m", "u:\(TestAccount.first.user):r", source + "/file").mustRun()
                let account = asAccount(.first)
                try Command(account + [Machine.program("berth"), "mount", "-o", "ro,cache=always", source, target])
                    .mustRun()
                let seen = try Command(account + ["cat", target + "/file"]).run().output
                let closed = try Command(account + ["cat", target + "/closed"]).run().status
                #expect(seen == "seen" && closed != 0)
                try Command(account + [Machine.program("berth"), "umount", target]).mustRun()
            }
        }

        @Test("with map, ids are shown and stored through it")
        func map() throws {
            try withPlaces { source, target in
                let answer6 = try berth("mount", "-o", "map=5000:0:100", source, target).status
                #expect(answer6 == 0)
                var status = stat()
                #expect(stat(target + "/file", &status) == 0 && status.st_uid == 5000)
                #expect(chown(target + "/file", 5042, 5043) == 0)
                #expect(stat(source + "/file", &status) == 0 && status.st_uid == 42 && status.st_gid == 43)
                #expect(chown(target + "/file", 7000, 7000) == -1 && errno == EOVERFLOW)
            }
        }

        @Test("with map and allow_other, each id is somebody else's outside: owners, makers and those in ACLs")
        func mapForEverybody() throws {
            try withPlaces { source, target in
                let mine = [source + "/file", source + "/secret", source + "/room"]
                try Data("secret".utf8).write(to: URL(fileURLWithPath: mine[1]))
                try makeDirectory(mine[2])
                #expect(chown(mine[0], 42, 42) == 0 && chmod(mine[0], 0o600) == 0)
                #expect(chown(mine[1], 7000, 7000) == 0 && chmod(mine[1], 0o600) == 0)
                #expect(chown(mine[2], 43, 43) == 0)
                try Command("setfacl", "-m", "u:43:r,u:7000:r", mine[0]).mustRun()
                try Command(Machine.program("berth"), "mount", "-o", "allow_other,map=5000:0:100", source, target)
                    .mustRun()
                func by(_ id: Int, _ words: String...) throws -> Outcome {
                    try Command(["setpriv", "--reuid", "\(id)", "--regid", "\(id)", "--clear-groups"] + words).run()
                }
                // The entry's owner reads, its number in the source is nobody here, and no entry is lost.
                #expect(try by(5043, "cat", target + "/file").output == "seen")
                #expect(try by(43, "cat", target + "/file").status != 0)
                #expect(try by(5044, "cat", target + "/file").status != 0)
                let shown = try Command("getfacl", "-cpn", target + "/file").run().output
                #expect(shown.contains("user:5043:r--") && shown.contains("user:4294967294:r--"))
                // Who is not in the map is nobody, and not the account called so.
                #expect(try by(65534, "cat", target + "/secret").status != 0)
                // What is stored is stored by the source's ids, or refused.
                try Command("setfacl", "-b", "-m", "u:5044:rw", target + "/file").mustRun()
                #expect(try Command("getfacl", "-cpn", source + "/file").run().output.contains("user:44:rw-"))
                #expect(try Command("setfacl", "-m", "u:44:rw", target + "/file").run().status != 0)
                #expect(try by(5043, "touch", target + "/room/made").status == 0)
                var status = stat()
                #expect(stat(source + "/room/made", &status) == 0 && status.st_uid == 43 && status.st_gid == 43)
                #expect(chmod(source + "/room", 0o777) == 0)
                #expect(try by(7001, "touch", target + "/room/foreign").status != 0)
            }
        }

        @Test("the foreground's mount goes with it, and a server that dies leaves none behind")
        func foreground() throws {
            try withPlaces { source, target in
                for signal in [SIGTERM, SIGINT] {
                    let running = try Command(Machine.program("berth"), "mount", "-f", source, target).start()
                    try waitUntil("it is mounted", by: running) { exists(target + "/file") }
                    running.send(signal)
                    let ended = try running.wait()
                    #expect(ended.status == 0)
                    #expect(!exists(target + "/file"))
                }
            }
        }
    }
}
