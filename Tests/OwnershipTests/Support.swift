import Foundation
import Glibc
import Linux

@testable import Ownership

/// A tree of the test's own, removed afterwards.
func withTree<Result>(_ body: (String, FileReference) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "berth-walk-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let root = try FileReference.workingDirectory.open(path, [.directory])
    return try body(path, root.file)
}

func make(_ path: String) { FileManager.default.createFile(atPath: path, contents: nil) }

var mine: OwnershipGoal { OwnershipGoal(user: getuid(), group: getgid(), acceptedGroups: []) }
var others: OwnershipGoal { OwnershipGoal(user: getuid() + 1, group: getgid() + 1, acceptedGroups: []) }

/// A walk that only looks.
func look(_ root: FileReference, _ goal: OwnershipGoal, threads: Int? = nil) throws(SystemError) -> WalkReport {
    var options = WalkOptions()
    options.mode = .check
    options.threads = threads
    return try walk(trees: [root], rule: .give(goal, from: nil), options: options)
}
