import Foundation
import Glibc
import Testing

/// What a mount of root's does otherwise than the directory it shows, and why it must.
private let otherInAMount: [String: [String]] = [
    "a server without CAP_SYS_ADMIN may not set them": [
        "root-sets-trusted-attributes", "root-sets-security-attributes-that-all-read",
    ],
    "the kernel does not say to which groups a writer belongs": ["set-gid-without-x-stays-when-a-member-writes"],
]

extension BerthIntegration {
    @Suite("POSIX: several accounts, in a plain directory and in a mount") struct POSIXAccounts {
        private func table(in directory: String) throws -> (outcome: TableOutcome, status: Int32) {
            var command = Command(Machine.program("posix-accounts"), directory)
            command.deadline = 300.0
            let outcome = try command.run()
            return (try TableOutcome(outcome.lines), outcome.status)
        }

        /// A directory of root's, shown at another place for the time of the block.
        private func withMount(_ options: String, _ body: (String) throws -> Void) throws {
            try withTree { tree in
                let target = tree.root + "/target"
                for path in [tree.root + "/source", tree.root + "/source/table", target] { try makeDirectory(path) }
                let berth = Machine.program("berth")
                try Command(berth, "mount", "-o", options, tree.root + "/source", target).mustRun()
                defer { umount2(target, Int32(MNT_DETACH)) }
                try body(target + "/table")
            }
        }

        @Test("the table holds in a plain directory", .timeLimit(.minutes(10)))
        func plain() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/table")
                let (outcome, _) = try table(in: tree.root + "/table")
                #expect(outcome.rows.count > 250)
                #expect(outcome.failed == [])
            }
        }

        @Test("the table holds in a mount that everybody may use", .timeLimit(.minutes(10)))
        func mount() throws {
            try needRoot()
            try withMount("allow_other,default_permissions") { directory in
                let (outcome, _) = try table(in: directory)
                #expect(outcome.rows.count > 250)
                let failed = outcome.failed.map { $0.dropFirst("FAILED ".count).prefix { $0 != ":" } }.map(String.init)
                #expect(failed.sorted() == otherInAMount.values.joined().sorted(), "\(outcome.failed)")
            }
        }

        @Test("the table can fail: a read-only mount does not pass it")
        func canFail() throws {
            try needRoot()
            try withMount("ro,allow_other,default_permissions") { directory in
                let (outcome, status) = try table(in: directory)
                #expect(status == 1)
                #expect(outcome.failed.count > 250)
            }
        }
    }
}
