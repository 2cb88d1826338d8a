import Foundation
import Glibc
import Testing

/// What is left out of a session: words of BERTH_TEST_WITHOUT, and `pid-namespace`, which has an option of its own.
private struct LeftOut: Sendable, CustomTestStringConvertible {
    let defences: Set<String>
    var testDescription: String { defences.sorted().joined(separator: " ") }

    init(_ defences: Set<String>) { self.defences = defences }

    private static let attributes: Set = ["read-only-mount", "read-only-answers", "server-seccomp", "read-only-source"]
    private static let source: Set = ["source-cover", "source-binding"]
    private static let dumpable: Set = ["dumpable"]

    /// Each by itself.
    static let single = [
        "capabilities", "seccomp", "no-new-privs", "user-namespace-limit", "descriptors", "dumpable", "pid-namespace",
        "read-only-mount", "read-only-answers", "read-only-source", "server-landlock", "server-seccomp", "server-root",
        "source-cover", "source-binding",
    ].map { LeftOut([$0]) }

    /// All that stand in the way of some attempts, where they are several.
    static let together = [
        attributes, attributes.union(["server-landlock"]), source, ["seccomp", "capabilities"],
        ["seccomp", "user-namespace-limit"], dumpable.union(source), dumpable.union(["server-root"]),
        dumpable.union(["seccomp"]), dumpable.union(["seccomp", "capabilities"]),
    ].map { LeftOut($0) }

    /// seccomp(2) takes no filter without no_new_privs.
    var implied: Set<String> { defences.contains("no-new-privs") ? defences.union(["seccomp"]) : defences }
}

extension BerthIntegration {
    @Suite("A session with defences left out: what they alone keep shut is open, and nothing else") struct Defences {
        /// The table, from an ordinary account's session; it holds a key, and directories as descriptors.
        private func attacks(without defences: Set<String>) throws -> [AttackRow] {
            try withTree { tree in
                let place = try HostilePlace(tree)
                // What is held to be in sight is not counted as an attack.
                let command = place.command(inSight: !defences.contains("pid-namespace"))
                var run = BerthRun(tree.options + ["--pid-namespace", "off"], command)
                run.wrapper = [
                    "sh", "-c", "exec 7< / 8< /tmp; exec \"$@\"", "sh", Machine.program("session-probe"), "plant-key",
                ]
                // Berth's own proof would end the run.
                run.environment = ["BERTH_TEST_WITHOUT": defences.union(["proof"]).joined(separator: ",")]
                let outcome = try run.run()
                #expect(outcome.attacks.count > 500, "\(outcome)")
                return outcome.attacks
            }
        }

        @Test(
            "an attempt succeeds if all its defences are gone, and only then",
            arguments: LeftOut.single + LeftOut.together
        )
        fileprivate func leftOut(_ left: LeftOut) throws {
            try needRoot()
            try needTools("setcap")
            for row in try attacks(without: left.defences) {
                let isOpen = row.defences.isSubset(of: left.implied)
                #expect(
                    row.succeeded == isOpen,
                    "\(row.kind): \(row.attempt): \(row.defences.sorted().joined(separator: " + ")): \(row.answer)")
            }
        }

        @Test(
            "every attempt whose defences can be left out is open in one of these sessions, and each defence counts once"
        )
        func complete() throws {
            try needRoot()
            try needTools("setcap")
            let rows = try attacks(without: [])
            expectRefused(rows)
            let sets = Set(rows.filter(\.canBeLeftOut).map(\.defences))
            for defences in sets {
                let isLeftOut = (LeftOut.single + LeftOut.together).contains { defences.isSubset(of: $0.implied) }
                #expect(isLeftOut, "\(defences.sorted())")
            }
            let named = sets.reduce(into: Set<String>()) { $0.formUnion($1) }
            #expect(Set(LeftOut.single.flatMap(\.defences)).subtracting(["pid-namespace"]) == named)
            let movable = rows.filter(\.canBeLeftOut).count
            print("attacks | \(rows.count) attempts, \(movable) of them open where their defences are left out")
        }

        @Test("berth's own proof ends a run whose defences are gone before the command", arguments: Unproven.all)
        fileprivate func proven(_ one: Unproven) throws {
            try withTree { tree in
                var run = BerthRun(tree.options + one.options, ["touch", tree.homeTarget + "/started"])
                run.environment = ["BERTH_TEST_WITHOUT": one.defences.joined(separator: ",")]
                let outcome = try run.run()
                #expect(outcome.status == 125 && outcome.errors.contains(one.words), "\(outcome)")
                #expect(!exists(tree.home + "/started"))
            }
        }
    }
}

/// What the proof has to find, and says.
private struct Unproven: Sendable, CustomTestStringConvertible {
    let defences: [String]
    var options: [String] = []
    let words: String
    var testDescription: String { defences.joined(separator: " ") }

    static let all = [
        Unproven(defences: ["seccomp", "user-namespace-limit"], words: "new namespace of '' succeeded"),
        Unproven(defences: ["seccomp", "capabilities"], words: "succeeded, though it is held read-only"),
        Unproven(defences: ["read-only-mount"], words: "lacks the option ro"),
        Unproven(
            defences: ["source-binding"], options: ["--keep-source-visible"],
            words: "succeeded, though it is held read-only"),
    ]
}
