import Foundation
import Glibc
import Linux
import Synchronization
import Testing

@testable import Ownership

/// Several trees, walked as one.
@Suite struct SeveralTreesTests {
    private func withTwoTrees(_ body: (String, FileReference, [FileReference]) throws -> Void) throws {
        try withTree { path, root in
            for name in ["one", "two"] {
                mkdir("\(path)/\(name)", 0o755)
                for number in 0..<300 { make("\(path)/\(name)/\(number)") }
            }
            link(path + "/one/1", path + "/two/link")
            usleep(60_000)
            let one = try root.open("one", [.directory])
            let two = try root.open("two", [.directory])
            try body(path, root, [one.file, two.file])
        }
    }

    private func look(
        _ trees: [FileReference], onFinding: @escaping @Sendable (Finding) -> Void = { _ in }
    ) throws -> WalkReport {
        var options = WalkOptions()
        options.mode = .check
        options.onFinding = onFinding
        return try walk(trees: trees, rule: .give(others, from: nil), options: options)
    }

    @Test func everyEntryOfEachIsSeenAndItsTreeTold() throws {
        try withTwoTrees { _, _, trees in
            let found = Synchronization.Mutex<Set<[UInt8]>>([])
            let report = try look(trees) { finding in
                found.withLock { _ = $0.insert([UInt8(finding.tree)] + finding.path) }
            }
            #expect(report.entries == 603 && report.wrong == 603, "\(report)")
            let paths = found.withLock { $0 }
            #expect(paths.count == 603 && paths.contains([1] + Array("link".utf8)) && paths.contains([0, 46]))
        }
    }

    @Test func linksFromOneToTheOtherAreInside() throws {
        try withTwoTrees { _, _, trees in
            let (both, one, two) = (try look(trees), try look([trees[0]]), try look([trees[1]]))
            #expect(both.refused(.hardLinks) == 0 && one.refused(.hardLinks) == 1 && two.refused(.hardLinks) == 1)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "changing owners takes root"), arguments: [false, true])
    func aRecordHoldsAllOfThem(otherOrder: Bool) throws {
        try withTwoTrees { path, root, trees in
            func record() throws -> Descriptor { try root.open("record", [.readWrite, .create], mode: 0o600) }
            var options = WalkOptions()
            options.record = try ChangeRecord(try record())
            #expect(try walk(trees: trees, rule: .give(others, from: nil), options: options).changed == 603)
            options.record = nil
            #expect(throws: RecordFailure.otherTree) {
                try restore(trees: [trees[0]], from: try record(), options: RestoreOptions())
            }
            let back = try restore(
                trees: otherOrder ? trees.reversed() : trees, from: try record(), options: RestoreOptions())
            // Two names of one file: the second one is right by then.
            #expect(back.changed == 602 && back.right == 1 && back.different == 0, "\(back)")
            #expect(try EntryStatus.of(path + "/two/link", in: .workingDirectory).user == 0)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "changing owners takes root")) func aRootWaitsForItsOwnTreeOnly() throws {
        try withTwoTrees { path, _, trees in
            link(path + "/one/2", path + "/outside")
            usleep(60_000)
            let report = try walk(trees: trees, rule: .give(others, from: nil), options: WalkOptions())
            #expect(report.refused == 1 && report.left == 1 && report.changed == 601, "\(report)")
            #expect(try EntryStatus.of(path + "/one", in: .workingDirectory).user == 0)
            #expect(try EntryStatus.of(path + "/two", in: .workingDirectory).user == others.user)
        }
    }
}
