import Testing

/// How the rows of a table went, by their names.
struct TableOutcome {
    enum Row: String, Equatable { case ok, absent, failed = "FAILED" }
    let rows: [String: Row]
    /// As they were printed, but those that held.
    let notes: [String]

    init(_ lines: [String]) throws {
        var rows: [String: Row] = [:]
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1, let row = Row(rawValue: String(words[0])) else {
                throw CommandError("no row of a table: \(line)")
            }
            rows[String(words[1].prefix { $0 != ":" })] = row
        }
        guard rows.count == lines.count else { throw CommandError("two rows of one name") }
        self.rows = rows
        notes = lines.filter { !$0.hasPrefix("ok ") }
    }

    var failed: [String] { notes.filter { $0.hasPrefix("FAILED ") } }
}

/// What a home does otherwise than the directory it shows, and why it must.
private let otherInAHome: [String: [String]] = [
    "libfuse 3.14 does not know O_TMPFILE": [
        "unnamed-file-gets-a-name", "unnamed-file-has-no-link", "unnamed-file-that-may-get-no-name",
    ],
    "the kernel passes neither mode on to FUSE": ["collapse-a-range", "insert-a-range"],
    "libfuse 3.14 does not know statx": [
        "birth-lies-between-before-and-after", "birth-stays-through-changes", "birth-of-a-replacement-is-its-own",
    ],
    "in a user namespace the kernel refuses access control lists to a server that does not check them itself": [
        "access-list-is-kept", "access-list-shows-its-mask-as-group", "access-list-follows-chmod",
        "access-list-that-is-only-a-mode", "access-list-is-removed", "access-list-is-listed-and-sized",
        "access-list-that-is-none", "access-list-survives-rename-and-link", "access-list-through-a-descriptor",
        "default-list-of-a-file-is-refused", "default-list-is-inherited-by-files",
        "default-list-is-inherited-by-directories", "default-list-takes-the-place-of-the-mask",
        "default-list-is-removed", "default-list-leaves-the-directory's-mode",
        "default-list-is-not-for-symbolic-links",
    ],
    "the server reads a program as the account, which may only execute it": ["binary-that-may-not-be-read-runs"],
]

extension BerthIntegration {
    @Suite("POSIX: the table, on a plain directory and in a home") struct POSIXTable {
        private func table(_ command: Command) throws -> TableOutcome {
            var command = command
            command.deadline = 300.0
            return try TableOutcome(command.run().lines)
        }

        @Test("a home differs from a plain directory in nothing but what is listed", .timeLimit(.minutes(10)))
        func same() throws {
            try withTree { tree in
                try makeDirectory(tree.root + "/plain")
                try makeDirectory(tree.home + "/table")
                for path in [tree.root + "/plain", tree.home + "/table"] { try give(path) }
                let program = Machine.program("posix-table")
                let plain = try table(Command(asAccount(.first) + [program, tree.root + "/plain"]))
                var run = BerthRun(tree.homeOption, [program, tree.homeTarget + "/table"])
                run.deadline = 300.0
                let home = try TableOutcome(run.run().lines)
                #expect(plain.rows.count > 600)
                #expect(plain.failed == [])
                #expect(home.rows.keys.sorted() == plain.rows.keys.sorted())
                let different = plain.rows.keys.filter { plain.rows[$0] != home.rows[$0] }.sorted()
                // A row that was mended must leave the list; one that this plain directory lacks too says nothing.
                let listed = otherInAHome.values.joined().filter { plain.rows[$0] == .ok }.sorted()
                #expect(different == listed, "\(home.notes)")
            }
        }

        /// What locks at the source cannot do, though the kernel can for a mount.
        private static let otherAtTheSource: [String: [String]] = [
            "among locks of open file descriptions, as which the source has all of them, no deadlock is looked for": [
                "record-lock-deadlock-is-told"
            ],
            "the kernel does not tell the server which owner is an open file description: its process is named": [
                "description-and-process-locks-conflict"
            ],
        ]

        @Test("with locks at the source, a home's locks differ in nothing but what is listed")
        func locksAtTheSource() throws {
            try withTree { tree in
                try makeDirectory(tree.home + "/table")
                try give(tree.home + "/table")
                let program = Machine.program("posix-table")
                let names = try Command(program, "--list").mustRun().lines.filter { $0.contains("lock") }
                let options = tree.homeOption + ["--locks", "remote"]
                let remote = try TableOutcome(
                    BerthRun(options, [program, tree.homeTarget + "/table"] + names).run().lines)
                #expect(remote.rows.count > 35)
                let different = remote.rows.filter { $0.value != .ok }.keys.sorted()
                #expect(different == Self.otherAtTheSource.values.joined().sorted(), "\(remote.notes)")
            }
        }

        @Test("the table can fail: a read-only directory does not pass it")
        func canFail() throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, [Machine.program("posix-table"), tree.sharedTarget]).run()
                #expect(outcome.status == 1)
                #expect(outcome.lines.filter { $0.hasPrefix("FAILED ") }.count > 600)
            }
        }
    }
}
