import Foundation
import Fuse
import Glibc
import Linux
import Testing

@testable import Passthrough

/// What the kernel was told of is known until it has said as often that it forgot, and no longer.
@Suite struct LookupCountTests {
    /// Directories `0` to `9`, each with files `0` to `19`, and the file system that shows them.
    private func withTree(_ body: (PassthroughFileSystem) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "/berth-lookups-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for directory in 0..<10 {
            let place = "\(path)/\(directory)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            for file in 0..<20 { try Data().write(to: URL(fileURLWithPath: "\(place)/\(file)")) }
        }
        let root = try FileReference.workingDirectory.open(path, [.pathOnly, .directory])
        let fileSystem = try PassthroughFileSystem(
            root: root.file, settings: ServerSettings(readOnly: true, cache: .auto), registrar: nil, ready: { _ in })
        try body(fileSystem)
        withExtendedLifetime(root) {}
    }

    private func nodes(_ fileSystem: PassthroughFileSystem) -> Int {
        fileSystem.state.locked { nodes, _ in nodes.count }
    }

    /// One client's part: looks files up, and has the kernel forget some of them, in any order.
    private func work(_ fileSystem: PassthroughFileSystem, rounds: Int, seed: UInt64) throws {
        var random = seed
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        var owed: [NodeNumber: UInt64] = [:]
        for _ in 0..<rounds {
            let directory = try "\(next(10))".withCString { try fileSystem.lookup($0, in: 1) }
            owed[directory.ino, default: 0] += 1
            let file = try "\(next(20))".withCString { try fileSystem.lookup($0, in: directory.ino) }
            owed[file.ino, default: 0] += 1
            if next(4) == 0, let (node, count) = owed.first {
                let some = 1 + next(count)
                fileSystem.forget(node, lookups: some)
                owed[node] = some == count ? nil : count - some
            }
        }
        for (node, count) in owed { fileSystem.forget(node, lookups: count) }
    }

    @Test("millions of lookups from four clients at once leave nothing behind, and count exactly while they last")
    func countsAreExact() throws {
        try withTree { fileSystem in
            let kept = try "7".withCString { try fileSystem.lookup($0, in: 1) }.ino
            let file = try "3".withCString { try fileSystem.lookup($0, in: kept) }.ino
            let failures = FailureCount()
            DispatchQueue.concurrentPerform(iterations: 4) { client in
                do { try work(fileSystem, rounds: 300_000, seed: UInt64(client)) } catch { failures.add() }
            }
            #expect(failures.count == 0)
            // The root, the directory and the file that were not forgotten.
            #expect(nodes(fileSystem) == 3)
            fileSystem.forget(kept, lookups: 1)
            #expect(nodes(fileSystem) == 3)
            fileSystem.forget(file, lookups: 1)
            #expect(nodes(fileSystem) == 1)
        }
    }
}

/// Counts from several threads.
private final class FailureCount: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var count = 0
    func add() { lock.withLock { count += 1 } }
}
