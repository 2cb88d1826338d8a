import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("What a server tells: --trace and SIGUSR1") struct Traces {
        /// A source with one file, and a target, at which nothing is left mounted after the block.
        private func withPlaces(_ body: (_ source: String, _ target: String) throws -> Void) throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/source", tree.root + "/target")
                for path in [source, target] {
                    try makeDirectory(path)
                    try give(path)
                }
                try make(source + "/file", "seen")
                try give(source + "/file")
                defer { umount2(target, Int32(MNT_DETACH)) }
                try body(source, target)
            }
        }

        /// Starts `berth mount` and waits until the mount answers.
        private func mounted(
            _ options: [String], _ source: String, _ target: String, as account: TestAccount? = nil
        ) throws -> Running {
            let before = try status(target).st_dev
            let prefix = account.map(asAccount) ?? []
            let running = try Command(prefix + [Machine.program("berth"), "mount"] + options + [source, target]).start()
            let look = asAccount(account ?? .first) + ["stat", "-c", "%d", target]
            try waitUntil("it is mounted", by: running) {
                let answer = account == nil ? "\(try status(target).st_dev)" : try Command(look).run().output
                return Int(answer.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 != Int(before) } ?? false
            }
            return running
        }

        /// Ends a mount in the foreground, and answers what it wrote.
        private func end(_ running: Running) throws -> [String] {
            running.send(SIGTERM)
            let outcome = try running.wait()
            #expect(outcome.status == 0 && outcome.output == "", "\(outcome)")
            return outcome.errors.split(separator: "\n").map(String.init)
        }

        /// A shell script that has the kernel ask for nearly everything, and what is to be told of it.
        private static let script = """
            cd "$1" && umask 027
            mkdir d && rmdir d; cat absent; printf 12345 > new && cat new > /dev/null; mv new d; ln d hard; ln -s to/no soft
            readlink soft; rm hard; chmod 4711 d; touch -d @1000000000.5 d; truncate -s 3 d; mkfifo fifo; ls -l > /dev/null
            setfattr -n user.a -v bc d; getfattr -n user.a d; getfattr -n user.b d; setfattr -x user.a d; stat -f .
            fallocate -l 10 d; dd if=d of=copy conv=fsync; sync d; chown 5:6 d; dd if=d of=d conv=notrunc oflag=append
            python3 -c 'import os,sys; f = os.open("d", os.O_RDWR); os.lseek(f, 0, os.SEEK_DATA)
            os.copy_file_range(f, os.open("copy", os.O_WRONLY), 2, 0, 1); os.access("d", os.X_OK | os.W_OK)
            os.rename("copy", "copy2"); os.fsync(os.open(".", os.O_RDONLY))'
            """

        private static let expected = [
            #"mkdir "d" mode=0777 umask=027 -> node="#, #"rmdir "d" -> ok ["#, #"lookup "absent" -> ENOENT ["#,
            #"create "new" flags=O_WRONLY|O_CREAT|O_TRUNC mode=0100666 umask=027 -> node="#, #"size=5 -> size=5 ["#,
            #"open "new" flags=O_RDONLY -> handle="#, #"read "new" handle="#,
            #"release "new" handle="#, #"rename2 "new" to "d" flags=RENAME_NOREPLACE -> ok ["#,
            #"link "d" to "hard" -> node="#, #"symlink "soft" target="to/no" -> node="#,
            #"readlink "soft" -> size=5 ["#,
            #"unlink "hard" -> ok ["#, #"setattr "d" mode=0104711 -> mode=0104711 "#,
            #"atime=1000000000.500000000 mtime=1000000000.500000000"#, #"setattr "d" size=3"#,
            #"mknod "fifo" mode=010666 umask=027 device=0 -> node="#, #"opendir "." flags=O_RDONLY|"#, #"readdir"#,
            #"releasedir "." handle="#, #"setxattr "d" name="user.a" size=2 flags=0 -> ok ["#,
            #"getxattr "d" name="user.a" size="#, #"getxattr "d" name="user.b" size="#, #"-> ENODATA ["#,
            #"removexattr "d" name="user.a" -> ok ["#, #"statfs "." -> block_size="#,
            #"offset=0 length=10 mode=0 -> ok ["#, #"fsync "copy" handle="#, #"setattr "d" uid=5 gid=6"#,
            #"open "d" flags=O_WRONLY|O_APPEND -> handle="#, #"lseek "d" handle="#, #"whence=SEEK_DATA -> offset=0 ["#,
            #"copy_file_range "d" to "copy" handle="#, #"target_offset=1 length=2 "#,
            #"access "d" mode=W_OK|X_OK -> ok ["#,
            #"rename"#, #""copy" to "copy2""#, #"fsyncdir "." handle="#,
        ]

        @Test("--trace writes a line for each request, with its result")
        func lines() throws {
            try withPlaces { source, target in
                let running = try mounted(["--trace", "-o", "cache=none"], source, target)
                _ = try Command("sh", "-c", Self.script, "sh", target).run()
                let lines = try end(running)
                let first = try #require(lines.first)
                for fact in [
                    "init kernel=7.", " offered=async_read|", " -> protocol=7.", " used=async_read|", " killpriv_v2=",
                    " passthrough=", " io_uring=", " max_threads=10 queues=", " cache=none read_only=no ",
                ] { #expect(first.contains(fact), "\(fact): \(first)") }
                for words in Self.expected { #expect(lines.contains { $0.contains(words) }, "\(words): \(lines)") }
                let form = try Regex(#"[a-z0-9_]+( node=\d+| ".*"| .*=.*)?.* \[\d+\.\d us\]"#)
                for line in lines { #expect(line.wholeMatch(of: form) != nil, "\(line)") }
            }
        }

        @Test("a feature that the kernel agrees to and then refuses is told as refused")
        func refusedFeature() throws {
            try needPassthrough()
            try withPlaces { source, target in
                let berth = [Machine.program("berth"), "mount", "--trace", "-o", "passthrough", source, target]
                let inject = ["-e", "trace=ioctl", "-e", "inject=ioctl:error=EPERM"]
                let running = try Command(["strace", "-f", "-qq", "-o", "/dev/null"] + inject + berth).start()
                try waitUntil("it is mounted", by: running) { running.errors.contains("init kernel=") }
                #expect(umount2(target, 0) == 0)
                // The mount's own warning comes when it comes: another process gives it.
                let lines = try running.wait().errors.split(separator: "\n")
                let first = try #require(lines.first { !$0.hasPrefix("berth: warning: -o passthrough: ") })
                #expect(
                    first.hasPrefix("init ") && first.contains(#" passthrough="refused: Operation not permitted" "#))
            }
        }

        @Test("--trace-format json writes an object for each request, which keeps every name")
        func objects() throws {
            try withPlaces { source, target in
                let running = try mounted(["--trace", "--trace-format", "json"], source, target)
                let name = target + "/a\n\u{1b}[31m\\\"é"
                // One byte more, which is not UTF-8.
                let made = (Array(name.utf8CString.dropLast()) + [-1, 0]).withUnsafeBufferPointer {
                    mkdir($0.baseAddress!, 0o700)
                }
                #expect(made == 0)
                running.send(SIGUSR1)
                try waitUntil("the statistics are told", by: running) { running.errors.contains("\"statistics\"") }
                let objects = try end(running).map { line in
                    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
                }
                #expect(objects.first?["operation"] as? String == "init")
                let directory = try #require(objects.first { $0["operation"] as? String == "mkdir" })
                #expect(directory["path"] as? String == "a\n\u{1b}[31m\\\\\"é\\xff")
                #expect((directory["arguments"] as? [String: Any])?["mode"] as? String == "0700")
                #expect(directory["uid"] as? Int == 0 && directory["microseconds"] is Double)
                let statistics = objects.compactMap { $0["statistics"] as? [String: Any] }
                let operations = try #require(statistics.first?["operations"] as? [[String: Any]])
                let counted = operations.first { $0["operation"] as? String == "mkdir" }
                #expect(statistics.count == 1 && counted?["requests"] as? Int == 1)
            }
        }

        /// The row of an operation: requests, and errors.
        private func row(_ operation: String, in table: String) throws -> (requests: Int?, errors: String) {
            let lines = table.split(separator: "\n").filter { $0.hasPrefix(operation + " ") }
            let row = try #require(lines.last, "\(table)")
            let cells = row.split(separator: " ", maxSplits: 5)
            return (Int(cells[1]), String(cells[5]).trimmingCharacters(in: .whitespaces))
        }

        @Test("SIGUSR1 to berth, or to its server, writes a table of what was counted; nothing is written without it")
        func table() throws {
            try withPlaces { source, target in
                let running = try mounted(["-f", "-o", "cache=none"], source, target)
                for number in 0..<50 { #expect(!exists(target + "/absent\(number)")) }
                for number in 0..<7 { try makeDirectory(target + "/made\(number)") }
                #expect(mkdir(target + "/made0", 0o700) == -1)
                #expect(running.errors == "")
                running.send(SIGUSR1)
                try waitUntil("there is a table", by: running) { running.errors.contains("\nall ") }
                let table = running.errors
                #expect(table.hasPrefix("berth: "), "\(table)")
                let made = try row("mkdir", in: table)
                #expect(made.requests == 7 && made.errors == "-")
                // The file that was looked for 50 times, and the directories before they were made.
                let looked = try row("lookup", in: table)
                #expect(looked.errors == "ENOENT 57", "\(table)")
                let all = try row("all", in: table)
                let rows = table.split(separator: "\n").dropFirst(2).dropLast().compactMap { line in
                    Int(line.split(separator: " ")[1])
                }
                #expect(rows.reduce(0, +) == all.requests, "\(table)")
                let server = try #require(try children(of: running.process).first)
                kill(server, SIGUSR1)
                try waitUntil("there is another", by: running) {
                    running.errors.components(separatedBy: "\nall ").count == 3
                }
                _ = try end(running)
            }
        }

        private func children(of process: pid_t) throws -> [pid_t] {
            contents(of: "/proc/\(process)/task/\(process)/children").split(separator: " ").compactMap { pid_t($0) }
        }

        /// The servers of a mount that is in the background.
        private func servers(of target: String) throws -> [pid_t] {
            try Command("pgrep", "-f", "mount .*\(target)$").run().lines.compactMap { pid_t($0) }
        }

        @Test(
            "a server in the background keeps a file as its standard error, and no pipe",
            arguments: ["rw", "auto_unmount"])
        func background(_ option: String) throws {
            try withPlaces { source, target in
                let log = Machine.directory + "/log-\(UUID().uuidString)"
                defer { unlink(log) }
                let words = [Machine.program("berth"), "mount", "-o", option, source, target]
                // Whoever reads the pipe to its end is not kept waiting.
                var piped = Command(["sh", "-c", #""$@" 2>&1 | cat"#, "sh"] + words)
                piped.deadline = 30
                try piped.mustRun()
                try Command(Machine.program("berth"), "umount", target).mustRun()
                try waitUntil("its server has ended") { try servers(of: target).isEmpty }
                try Command(["sh", "-c", #"log=$1; shift; "$@" 2> "$log""#, "sh", log] + words).mustRun()
                #expect(exists(target + "/file"))
                let processes = try servers(of: target)
                #expect(processes.count == (option == "rw" ? 1 : 2))
                kill(processes[0], SIGUSR1)
                try waitUntil("there is a table") { contents(of: log).contains("\nall ") }
                let looked = try row("lookup", in: contents(of: log))
                #expect(looked.requests ?? 0 > 0)
                try Command(Machine.program("berth"), "umount", target).mustRun()
            }
        }

        @Test("an ordinary account sees the trace and the table of its own mount")
        func ordinaryAccount() throws {
            try withPlaces { source, target in
                let running = try mounted(["--trace"], source, target, as: .first)
                try Command(asAccount(.first) + ["mkdir", target + "/d"]).mustRun()
                running.send(SIGUSR1)
                try waitUntil("there is a table", by: running) { running.errors.contains("\nall ") }
                let lines = try end(running)
                #expect(lines.contains { $0.hasPrefix(#"mkdir "d" mode=0777"#) }, "\(lines)")
                #expect(lines.contains { $0.hasPrefix("mkdir ") && $0.hasSuffix("  -") }, "\(lines)")
            }
        }

        @Test("a request that waits is told when it is answered, with how long that took")
        func waiting() throws {
            try withPlaces { source, target in
                let running = try mounted(["--trace", "-o", "locks=remote"], source, target)
                let script = "cd \"$1\"; flock file sleep 0.6 & sleep 0.2; flock file true; wait"
                try Command("sh", "-c", script, "sh", target).mustRun()
                running.send(SIGUSR1)
                try waitUntil("there is a table", by: running) { running.errors.contains("\nall ") }
                let lines = try end(running)
                let waits = lines.filter { $0.hasPrefix(#"setlkw "file""#) && $0.contains("type=F_WRLCK") }
                #expect(waits.count == 2 && waits.allSatisfy { $0.contains(" flock=yes -> ok [") }, "\(lines)")
                let times = waits.compactMap {
                    $0.split(separator: "[").last?.split(separator: ".").first.map { Int($0) }
                }
                #expect((times.compactMap { $0 }.max() ?? 0) > 200_000, "\(waits)")
                #expect(try row("setlkw", in: lines.joined(separator: "\n")).requests == 2)
            }
        }

        @Test("a mount goes on when nobody reads the trace any more")
        func brokenPipe() throws {
            try withPlaces { source, target in
                let script = #"{ "$@" 2>&1 >/dev/null; echo "ended with $?" >&2; } | head -n 1"#
                let words = [Machine.program("berth"), "mount", "--trace", source, target]
                let running = try Command(["sh", "-c", script, "sh"] + words).start()
                try waitUntil("the reader has gone", by: running) { running.output.contains("init ") }
                for number in 0..<100 { #expect(!exists(target + "/absent\(number)")) }
                #expect(contents(of: target + "/file") == "seen")
                try Command(Machine.program("berth"), "umount", target).mustRun()
                let outcome = try running.wait()
                #expect(outcome.errors == "ended with 0\n" && outcome.lines.count == 1, "\(outcome)")
            }
        }

        @Test("a session that signals its file servers makes them neither end nor talk")
        func session() throws {
            try withTree { tree in
                let (run, report) = try BerthRun(
                    tree.homeOption, script: "sleep 1000 & echo ready; wait"
                ).reporting(in: tree)
                let running = try run.start()
                try waitUntil("the session runs", by: running) { running.output.contains("ready") }
                let servers = try report.servers()
                for _ in 0..<3 { for server in servers { kill(server, SIGUSR1) } }
                usleep(100_000)
                #expect(!servers.isEmpty && servers.allSatisfy { kill($0, 0) == 0 })
                running.send(SIGTERM)
                #expect(try running.wait().errors == "")
            }
        }

        @Test("--trace-format without --trace, or in words that are none, is refused")
        func refused() throws {
            try withPlaces { source, target in
                for options in [["--trace-format", "json"], ["--trace", "--trace-format", "xml"]] {
                    let outcome = try Command([Machine.program("berth"), "mount"] + options + [source, target]).run()
                    #expect(outcome.status == 125 && outcome.errors.contains("trace-format"), "\(outcome)")
                }
            }
        }
    }
}
