import Testing

extension BerthIntegration {
    @Suite("POSIX: the table, on a plain directory and in a home") struct POSIXTable {
        private func table(_ command: Command) throws -> [String] {
            var command = command
            command.deadline = 300.0
            return try command.run().lines
        }

        @Test("a home differs in nothing from a plain directory", .timeLimit(.minutes(10)))
        func same() throws {
            try withTree { tree in
                try makeDirectory(tree.root + "/plain")
                try makeDirectory(tree.home + "/table")
                for path in [tree.root + "/plain", tree.home + "/table"] { try give(path) }
                let program = Machine.program("posix-table")
                let plain = try table(Command(asAccount(.first) + [program, tree.root + "/plain"]))
                var run = BerthRun(tree.homeOption, [program, tree.homeTarget + "/table"])
                run.deadline = 300.0
                let home = try run.run()
                #expect(plain.count > 80)
                #expect(plain.filter { !$0.hasPrefix("ok ") } == [])
                #expect(home.lines.count == plain.count, "\(home)")
                let differences = Set(home.lines).symmetricDifference(plain).sorted()
                #expect(differences == [])
            }
        }

        @Test("the table can fail: a read-only directory does not pass it")
        func canFail() throws {
            try withTree { tree in
                let outcome = try BerthRun(tree.options, [Machine.program("posix-table"), tree.sharedTarget]).run()
                #expect(outcome.status == 1)
                #expect(outcome.lines.filter { $0.hasPrefix("FAILED ") }.count > 80)
            }
        }
    }
}
