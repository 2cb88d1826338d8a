import Foundation
import Glibc
import Testing

/// A way to write a shared tree, as a line of shell that must fail for no other reason than that it is read-only.
struct SharedWrite: Sendable, CustomTestStringConvertible {
    let name: String
    let script: String
    var testDescription: String { name }

    init(_ name: String, _ script: String) {
        self.name = name
        self.script = script
    }

    static let all = [
        SharedWrite("create", "touch new"), SharedWrite("write", "echo x > file"),
        SharedWrite("append", "echo x >> file"), SharedWrite("mkdir", "mkdir new"),
        SharedWrite("unlink", "rm -f file"), SharedWrite("rmdir", "rm -rf directory"),
        SharedWrite("rename", "mv -f file new"), SharedWrite("chmod", "chmod 600 file"),
        SharedWrite("chown", "chown 0:0 file"), SharedWrite("times", "touch file"),
        SharedWrite("symbolic link", "ln -s file new"), SharedWrite("hard link", "ln file new"),
        SharedWrite("truncate", "truncate -s 0 file"), SharedWrite("fifo", "mkfifo new"),
        SharedWrite("attribute", "setfattr -n user.x -v y file"), SharedWrite("deep", "echo x > directory/inner"),
    ]
}

extension BerthIntegration {
    @Suite("Shared: read-only by every path, and writable outside all the while") struct Shared {
        /// Runs every write in a directory of the session; each must say `Read-only file system`.
        private func refuseAll(in directory: String, _ run: (String) throws -> Outcome) throws {
            for write in SharedWrite.all {
                let outcome = try run("cd '\(directory)' && { \(write.script); }")
                #expect(outcome.status != 0, "\(write.name): \(outcome)")
                #expect(outcome.errors.contains("Read-only file system"), "\(write.name): \(outcome)")
            }
        }

        @Test("every write to the target is refused with EROFS", arguments: Starter.allCases)
        func target(_ starter: Starter) throws {
            try starter.needed()
            try needTools("setfattr")
            try withTree { tree in
                let before = try snapshot(tree.shared)
                try refuseAll(in: tree.sharedTarget) { try BerthRun(tree.options, script: $0, starter).run() }
                #expect(try snapshot(tree.shared) == before)
            }
        }

        @Test(
            "every write to the path of a source that stays visible is refused with EROFS", arguments: Starter.allCases)
        func source(_ starter: Starter) throws {
            try starter.needed()
            try needTools("setfattr")
            try withTree { tree in
                let before = try snapshot(tree.shared)
                let options = tree.options + ["--keep-source-visible"]
                try refuseAll(in: tree.shared) { try BerthRun(options, script: $0, starter).run() }
                #expect(try snapshot(tree.shared) == before)
            }
        }

        @Test("a source shown at its own path is covered", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func samePath(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(
                    ["--shared", tree.shared], script: "cat \(tree.shared)/file; echo x > \(tree.shared)/file", starter
                ).run()
                #expect(outcome.status != 0 && outcome.output == "canary", "\(outcome)")
                #expect(outcome.errors.contains("Read-only file system"), "\(outcome)")
                #expect(contents(of: tree.shared + "/file") == "canary")
            }
        }

        @Test(
            "every other path to a source that stays visible is read-only",
            arguments: ["an alias of it", "an alias of what holds it"])
        func aliases(_ which: String) throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/alias")
                let (bound, path) =
                    which == "an alias of it"
                    ? (tree.shared, tree.root + "/alias") : (tree.root + "/outside", tree.root + "/alias/shared")
                let options = tree.options + ["--keep-source-visible"]
                var run = BerthRun(options, script: "cat \(path)/file && echo x > \(path)/file")
                run.starter = .rootNamingAccount
                run.wrapper = [
                    "unshare", "-m", "sh", "-c", "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh", bound,
                    tree.root + "/alias",
                ]
                let outcome = try run.run()
                #expect(outcome.output == "canary", "\(outcome)")
                #expect(outcome.errors.contains("Read-only file system"), "\(outcome)")
                #expect(contents(of: tree.shared + "/file") == "canary")
            }
        }

        @Test("a file system mounted in the source is read-only as well")
        func mountBelow() throws {
            try needRoot()
            try withTree { tree in
                let below = tree.shared + "/directory"
                let script = "mount -t tmpfs -o mode=777 tmpfs \(below) && echo deep > \(below)/deep && exec \"$@\""
                var run = BerthRun(
                    tree.options + ["--keep-source-visible"],
                    script: """
                        cat \(tree.sharedTarget)/directory/deep
                        echo x > \(tree.sharedTarget)/directory/new; echo x > \(below)/new; true
                        """, .rootNamingAccount)
                run.wrapper = ["unshare", "-m", "sh", "-c", script, "sh"]
                let outcome = try run.run()
                #expect(outcome.output == "deep\n", "\(outcome)")
                #expect(outcome.errors.components(separatedBy: "Read-only file system").count == 3, "\(outcome)")
            }
        }

        @Test("outside, the source stays writable while a session runs, and the next one sees the change")
        func outside() throws {
            try withTree { tree in
                let running = try BerthRun(
                    tree.options, script: "touch $HOME/ready; until [ -e $HOME/go ]; do sleep 0.02; done"
                ).start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                try Command(asAccount(.first) + ["sh", "-c", "printf changed > \(tree.shared)/file"]).mustRun()
                #expect(contents(of: tree.shared + "/file") == "changed")
                let next = try BerthRun(tree.options, script: "cat \(tree.sharedTarget)/file").run()
                #expect(next.output == "changed", "\(next)")
                try make(tree.home + "/go")
                try expect(status: 0, running.wait())
            }
        }

        @Test("many shared trees at once")
        func many() throws {
            try withTree { tree in
                var options = tree.homeOption
                for number in 0..<8 {
                    try makeDirectory("\(tree.root)/many-\(number)")
                    try make("\(tree.root)/many-\(number)/number", "\(number)\n")
                    try makeDirectory("\(tree.root)/target-\(number)")
                    options += ["--shared", "\(tree.root)/many-\(number):\(tree.root)/target-\(number)"]
                }
                let outcome = try BerthRun(options, script: "cat \(tree.root)/target-*/number").run()
                #expect(outcome.lines == (0..<8).map { "\($0)" }, "\(outcome)")
            }
        }

        @Test("a target within another's target is mounted after it")
        func nested() throws {
            try withTree { tree in
                try makeDirectory(tree.home + "/data")
                try give(tree.home + "/data")
                let options = ["--shared", "\(tree.shared):\(tree.homeTarget)/data"] + tree.homeOption
                let outcome = try BerthRun(options, script: "cat $HOME/mine $HOME/data/file; touch $HOME/data/x").run()
                #expect(outcome.output == "minecanary", "\(outcome)")
                #expect(outcome.errors.contains("Read-only file system"), "\(outcome)")
            }
        }
    }
}
