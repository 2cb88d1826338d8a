import Foundation
import Glibc
import Linux
import Testing

@testable import Ownership

/// Walks over real trees that only look: changing owners takes privilege, and is tested on the built program.
@Suite struct WalkTests {
    /// A tree of the test's own, removed afterwards.
    private func withTree(_ body: (String, FileReference) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "berth-walk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let root = try FileReference.workingDirectory.open(path, [.directory])
        try body(path, root.file)
    }

    private var mine: OwnershipGoal { OwnershipGoal(user: getuid(), group: getgid(), acceptedGroups: []) }
    private var others: OwnershipGoal { OwnershipGoal(user: getuid() + 1, group: getgid() + 1, acceptedGroups: []) }

    private func make(_ path: String) { FileManager.default.createFile(atPath: path, contents: nil) }

    @Test(arguments: [1, 4]) func everyEntryIsCountedOnce(threads: Int) throws {
        try withTree { path, root in
            for directory in 0..<20 {
                mkdir("\(path)/d\(directory)", 0o755)
                for file in 0..<50 { make("\(path)/d\(directory)/f\(file)") }
            }
            symlink("/etc/passwd", "\(path)/link")
            mkfifo("\(path)/fifo", 0o600)
            let report = try walk(root: root, goal: mine, mode: .check, threads: threads)
            #expect(report.entries == 1 + 20 + 1000 + 2)
            #expect(report.right == report.entries)
        }
    }

    @Test func aLargeDirectoryIsSharedWithoutLoss() throws {
        try withTree { path, root in
            for file in 0..<5000 { make("\(path)/a-name-of-some-length-\(file)") }
            let report = try walk(root: root, goal: others, mode: .check, threads: 4)
            #expect(report.wrong == 5001)
            #expect(report.listed.count == 20)
        }
    }

    @Test func aLongChainNeedsNoDeepStack() throws {
        try withTree { path, root in
            var place = try root.open(".", [.directory])
            for _ in 0..<1500 {
                _ = mkdirat(place.number, "d", 0o755)
                place = try place.open("d", [.directory])
            }
            let report = try walk(root: root, goal: mine, mode: .check, threads: 4)
            #expect(report.entries == 1501)
        }
    }

    @Test func checkingChangesNothing() throws {
        try withTree { path, root in
            make("\(path)/file")
            let before = try root.status(of: "file")
            let report = try walk(root: root, goal: others, mode: .check, threads: 2)
            #expect(report.wrong == 2)
            #expect(report.changed == 0)
            #expect(try root.status(of: "file").st_ctim.tv_nsec == before.st_ctim.tv_nsec)
        }
    }
}

@Suite struct LinkTableTests {
    private let began = timespec(tv_sec: 1000, tv_nsec: 0)

    private func file(expected: UInt64, met: Int, changed: Int, moved: Bool = false) -> LinkTable.File {
        let places = (0..<met).map {
            (LinkTable.Place(directory: FileIdentity(device: 1, inode: UInt64($0)), name: "n"), "\($0)/n")
        }
        return LinkTable.File(
            expected: expected, changeTime: timespec(tv_sec: changed, tv_nsec: 0),
            places: Dictionary(uniqueKeysWithValues: places),
            moved: moved)
    }

    @Test func allLinksInsideAreTaken() {
        #expect(file(expected: 2, met: 2, changed: 900).refusal(walkBegan: began) == nil)
    }

    @Test(arguments: [1, 3]) func linksOutsideAreRefused(met: Int) {
        #expect(file(expected: 2, met: met, changed: 900).refusal(walkBegan: began) != nil)
    }

    @Test func aLinkThatMovedIsRefused() {
        #expect(file(expected: 2, met: 2, changed: 900, moved: true).refusal(walkBegan: began) != nil)
    }

    @Test func aFileChangedSinceTheWalkBeganIsRefused() {
        #expect(file(expected: 2, met: 2, changed: 1000).refusal(walkBegan: began) != nil)
    }
}
