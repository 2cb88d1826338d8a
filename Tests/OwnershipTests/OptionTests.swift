import Foundation
import Glibc
import Linux
import Synchronization
import Testing

@testable import Ownership

@Suite struct WalkOptionTests {
    private func makeFiles(_ path: String, _ count: Int) {
        for number in 0..<count { make("\(path)/file-\(number)") }
    }

    private func check(
        _ root: FileReference, _ rule: OwnerRule, _ adjust: (inout WalkOptions) -> Void = { _ in }
    ) throws -> WalkReport {
        var options = WalkOptions()
        options.mode = .check
        adjust(&options)
        return try walk(trees: [root], rule: rule, options: options)
    }

    @Test func checkingCountsByPresentOwner() throws {
        try withTree { path, root in
            makeFiles(path, 5)
            let report = try check(root, .give(others, from: nil))
            let owner = Owner(user: getuid(), group: getgid())
            #expect(report.owners == [owner: OwnerCount(entries: 6, wrong: 6)])
            #expect(try check(root, .give(mine, from: nil)).owners == [owner: OwnerCount(entries: 6, wrong: 0)])
        }
    }

    @Test func entriesOfOtherOwnersAreLeftAlone() throws {
        try withTree { path, root in
            makeFiles(path, 5)
            let report = try check(root, .give(others, from: OwnerPattern(user: getuid() + 7)))
            #expect(report.unselected == 6 && report.wrong == 0 && report.entries == 6)
        }
    }

    @Test func everyFindingIsHandedOn() throws {
        try withTree { path, root in
            makeFiles(path, 3000)
            let paths = Mutex<Set<[UInt8]>>([])
            let report = try check(root, .give(others, from: nil)) {
                $0.onFinding = { finding in paths.withLock { _ = $0.insert(finding.path) } }
            }
            #expect(paths.withLock { $0.count } == 3001)
            #expect(report.listed.count == 20)
        }
    }

    /// The names of ext4 and its kin are bytes.
    @Test func namesNeedNotBeText() throws {
        try withTree { path, root in
            _ = mkdirat(root.number, [-1, -2, 0], 0o755)
            let inner = try openBytes([-1, -2, 0], in: root)
            _ = mkdirat(inner.number, [10, -127, 0], 0o755)
            let paths = Mutex<[[UInt8]]>([])
            let report = try check(root, .give(others, from: nil)) {
                $0.threads = 1
                $0.onFinding = { finding in paths.withLock { $0.append(finding.path) } }
            }
            #expect(report.entries == 3 && report.vanished == 0)
            #expect(paths.withLock { $0 }.contains([255, 254, 47, 10, 129]))
        }
    }

    private func openBytes(_ name: [CChar], in directory: FileReference) throws -> Descriptor {
        Descriptor(owning: try directory.openNumber(name, O_RDONLY | O_DIRECTORY))
    }

    @Test func aDeadlineThatHasPassedEndsTheWalkInGoodOrder() throws {
        try withTree { path, root in
            makeFiles(path, 2000)
            let report = try check(root, .give(mine, from: nil)) { $0.deadline = .now }
            #expect(report.ending == .deadline)
            #expect(report.entries < 2001)
        }
    }

    @Test func progressEndsAWalkAndTellsHowFarItIs() throws {
        try withTree { path, root in
            mkdir(path + "/inner", 0o755)
            makeFiles(path + "/inner", 600)
            let progress = WalkProgress()
            let whole = try check(root, .give(mine, from: nil)) { $0.progress = progress }
            #expect(whole.ending == .complete)
            let snapshot = progress.snapshot
            #expect(snapshot.entries == 601 && snapshot.directory != nil && snapshot.threads > 0)
            progress.cancel()
            #expect(try check(root, .give(mine, from: nil)) { $0.progress = progress }.ending == .cancelled)
        }
    }

    @Test func linksToFilesOutsideAreFoundByLookingOnly() throws {
        try withTree { path, root in
            mkdir(path + "/tree", 0o755)
            make(path + "/canary")
            link(path + "/canary", path + "/tree/innocent")
            let tree = try root.open("tree", [.directory])
            let report = try check(tree.file, .give(others, from: nil))
            #expect(report.wrong == 2 && report.refused(.hardLinks) == 1)
            let changing = try check(tree.file, .give(others, from: nil)) { $0.hardLinks = .change }
            #expect(changing.wrong == 2 && changing.refused(.hardLinks) == 0)
        }
    }
}
