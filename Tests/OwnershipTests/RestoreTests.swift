import Foundation
import Glibc
import Linux
import Testing

@testable import Ownership

/// What a record is for: giving back what a walk took.
@Suite(.enabled(if: geteuid() == 0, "changing owners takes root")) struct RestoreTests {
    private let account = OwnershipGoal(user: 54321, group: 54322, acceptedGroups: [])

    /// A tree of several owners beside its record.
    private func withRecordedTree(_ body: (String, FileReference, FileReference) throws -> Void) throws {
        try withTree { path, root in
            mkdir(path + "/tree", 0o755)
            for directory in 0..<40 as Range<UInt32> {
                mkdir("\(path)/tree/d\(directory)", 0o755)
                for file in 0..<50 as Range<UInt32> {
                    make("\(path)/tree/d\(directory)/f\(file)")
                    chown("\(path)/tree/d\(directory)/f\(file)", directory, file)
                }
            }
            link(path + "/tree/d1/f1", path + "/tree/d2/second")
            usleep(60_000)
            let tree = try root.open("tree", [.directory])
            try body(path, root, tree.file)
        }
    }

    private func openRecord(_ root: FileReference) throws -> Descriptor {
        try root.open("record", [.readWrite, .create], mode: 0o600)
    }

    private func change(_ tree: FileReference, _ root: FileReference, _ goal: OwnershipGoal? = nil) throws -> WalkReport
    {
        var options = WalkOptions()
        options.record = try ChangeRecord(try openRecord(root))
        return try walk(trees: [tree], rule: .give(goal ?? account, from: nil), options: options)
    }

    private func putBack(_ tree: FileReference, _ root: FileReference, check: Bool = false) throws -> WalkReport {
        var options = RestoreOptions()
        if check { options.mode = .check }
        return try restore(trees: [tree], from: try openRecord(root), options: options)
    }

    private func owners(_ path: String) throws -> [String: Owner] {
        var owners: [String: Owner] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) + [""] {
            owners[name] = try EntryStatus.of("\(path)/\(name)", in: .workingDirectory).owner
        }
        return owners
    }

    @Test func everythingIsGivenBack() throws {
        try withRecordedTree { path, root, tree in
            let before = try owners(path + "/tree")
            let report = try change(tree, root)
            #expect(report.changed == UInt64(before.count) && report.ending == .complete)
            #expect(try putBack(tree, root, check: true).wrong == report.changed)
            #expect(try owners(path + "/tree").values.allSatisfy { $0 == Owner(user: 54321, group: 54322) })
            let back = try putBack(tree, root)
            // The second link of a file has its old owner already.
            #expect(back.changed == report.changed - 1 && back.right == 1 && back.different == 0, "\(back)")
            #expect(try owners(path + "/tree") == before)
            #expect(try putBack(tree, root).entries == 0)
        }
    }

    @Test func severalWalksAreUndoneTheLastOneFirst() throws {
        try withRecordedTree { path, root, tree in
            let before = try owners(path + "/tree")
            _ = try change(tree, root)
            _ = try change(tree, root, OwnershipGoal(user: 999, group: 998, acceptedGroups: []))
            let back = try putBack(tree, root)
            #expect(back.different == 0 && back.refused == 0)
            #expect(try owners(path + "/tree") == before)
        }
    }

    @Test func whatIsNotAsItWasLeftStaysAndIsListed() throws {
        try withRecordedTree { path, root, tree in
            _ = try change(tree, root)
            chown(path + "/tree/d3/f1", 4711, 4711)
            unlink(path + "/tree/d3/f2")
            unlink(path + "/tree/d3/f3")
            make(path + "/tree/d3/f3")
            chown(path + "/tree/d3/f3", 54321, 54322)
            make(path + "/canary")
            chown(path + "/canary", 54321, 54322)
            rename(path + "/tree/d4", path + "/d4")
            symlink(path, path + "/tree/d4")
            let back = try putBack(tree, root)
            #expect(back.vanished == 1, "\(back)")
            // f1 and f3 of d3, and d4 with its 50 entries.
            #expect(back.different == 53, "\(back)")
            #expect(back.listed.count == 20)
            for (name, user) in [("/tree/d3/f1", 4711), ("/tree/d3/f3", 54321), ("/canary", 54321), ("/d4/f1", 54321)] {
                #expect(try EntryStatus.of(path + name, in: .workingDirectory).user == UInt32(user), "\(name)")
            }
            #expect(try EntryStatus.of(path + "/tree/d3/f4", in: .workingDirectory).user == 3)
        }
    }

    /// As a process leaves it that was killed: changes are in the record that were not made, and a frame is torn.
    @Test func aTornRecordGivesBackWhatItHolds() throws {
        try withRecordedTree { path, root, tree in
            let before = try owners(path + "/tree")
            _ = try change(tree, root)
            chown(path + "/tree/d7/f7", 7, 7)
            let record = try openRecord(root)
            let size = Int(try record.status().st_size)
            // The frame that tells the end has 34 bytes.
            try record.truncate(to: size - 34)
            _ = try record.seek(0, SEEK_END)
            try record.write([100, 0, 0, 0, 1, 2, 3])
            _ = consume record
            let back = try putBack(tree, root)
            #expect(back.different == 0 && back.right == 2, "\(back)")
            #expect(try owners(path + "/tree") == before)
        }
    }
}
