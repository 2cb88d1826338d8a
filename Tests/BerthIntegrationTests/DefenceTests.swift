import Foundation
import Glibc
import Testing

/// A session with a defence left out, and what then comes of attacks: words that the row then has, and does not have with it.
private struct LeftOut: Sendable, CustomTestStringConvertible {
    var defences: [String] = []
    var options: [String] = []
    /// By the attack: how its row then begins.
    let attacks: [String: String]
    var testDescription: String { (defences + options).joined(separator: " ") }

    static let all = [
        LeftOut(
            defences: ["seccomp"], options: ["--seccomp", "off"],
            attacks: ["do without a seccomp filter": "SUCCEEDED", "unshare: user": "ODD: unshare: ENOSPC"]),
        LeftOut(
            defences: ["capabilities"],
            attacks: [
                "hold a capability": "SUCCEEDED", "capset: permitted and effective": "SUCCEEDED",
                "bounding set is not empty": "SUCCEEDED",
            ]),
        LeftOut(
            options: ["--keep-source-visible"],
            attacks: [
                "chmod: source": "refused: chmod: EROFS", "truncate: source": "refused: truncate: EROFS",
            ]),
    ]
}

extension BerthIntegration {
    @Suite("A session with one defence left out: the attacks notice") struct Defences {
        private static let program = Machine.program("hostile-session")

        private func rows(_ tree: Tree, _ one: LeftOut?) throws -> [String: String] {
            var run = BerthRun(
                tree.options + ["--pid-namespace", "off"] + (one?.options ?? []),
                [
                    Self.program, "--home", tree.homeTarget, "--home-source", tree.home, "--shared", tree.sharedTarget,
                    "--shared-source", tree.shared,
                ] + (one?.options.contains("--keep-source-visible") == true ? [] : ["--sources-covered"]))
            run.environment = ["BERTH_TEST_WITHOUT": (one?.defences ?? []).joined(separator: ",")]
            let outcome = try run.run()
            let fields = outcome.lines.map { $0.split(separator: "\t").map(String.init) }.filter { $0.count == 4 }
            #expect(fields.count > 200, "\(outcome)")
            return Dictionary(fields.map { ($0[1], $0[3]) }) { first, _ in first }
        }

        @Test("each changes what is answered", .timeLimit(.minutes(5)), arguments: LeftOut.all)
        fileprivate func leftOut(_ one: LeftOut) throws {
            try withTree { tree in
                try Command(Self.program, "prepare", tree.shared).mustRun()
                try Command("chown", "-R", "\(TestAccount.first.user)", tree.shared).mustRun()
                let whole = try rows(tree, nil)
                let less = try rows(tree, one)
                for (attack, words) in one.attacks {
                    #expect(whole[attack] != nil && whole[attack] != less[attack], "\(attack): \(whole[attack] ?? "")")
                    #expect(less[attack]?.hasPrefix(words) == true, "\(attack): \(less[attack] ?? "")")
                    #expect(whole[attack]?.hasPrefix("refused") == true, "\(attack): \(whole[attack] ?? "")")
                }
            }
        }

        @Test("berth's own processes are read where they may be dumped", arguments: [true, false])
        func dumpable(leftOut: Bool) throws {
            try withTree { tree in
                let script =
                    "for p in $PPID $(cat /proc/$PPID/task/*/children); do "
                    + "[ $p = $$ ] || head -c 8 /proc/$p/maps 2> /dev/null | wc -c; done"
                var run = BerthRun(tree.options + ["--pid-namespace", "off"], script: script)
                run.environment = ["BERTH_TEST_WITHOUT": leftOut ? "dumpable" : ""]
                let outcome = try run.run()
                #expect(outcome.lines == Array(repeating: leftOut ? "8" : "0", count: 3), "\(outcome)")
            }
        }

        @Test(
            "where two are left out, berth's own proof ends the run before the command",
            arguments: [["seccomp", "user-namespace-limit"], ["seccomp", "capabilities"]])
        func proven(_ defences: [String]) throws {
            try withTree { tree in
                var run = BerthRun(tree.options + ["--seccomp", "off"], ["touch", tree.homeTarget + "/started"])
                run.environment = ["BERTH_TEST_WITHOUT": defences.joined(separator: ",")]
                let outcome = try run.run()
                #expect(outcome.status == 125 && outcome.errors.contains("succeeded"), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
            }
        }
    }
}
