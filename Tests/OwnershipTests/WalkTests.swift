import Foundation
import Glibc
import Linux
import Testing

@testable import Ownership

/// Walks over real trees that only look: changing owners takes privilege, and is tested on the built program.
@Suite struct WalkTests {
    @Test(arguments: [1, 4]) func everyEntryIsCountedOnce(threads: Int) throws {
        try withTree { path, root in
            for directory in 0..<20 {
                mkdir("\(path)/d\(directory)", 0o755)
                for file in 0..<50 { make("\(path)/d\(directory)/f\(file)") }
            }
            symlink("/etc/passwd", "\(path)/link")
            mkfifo("\(path)/fifo", 0o600)
            let report = try look(root, mine, threads: threads)
            #expect(report.entries == 1 + 20 + 1000 + 2)
            #expect(report.right == report.entries)
        }
    }

    @Test func aLargeDirectoryIsSharedWithoutLoss() throws {
        try withTree { path, root in
            for file in 0..<5000 { make("\(path)/a-name-of-some-length-\(file)") }
            let report = try look(root, others, threads: 4)
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
            let report = try look(root, mine, threads: 4)
            #expect(report.entries == 1501)
        }
    }

    @Test func checkingChangesNothing() throws {
        try withTree { path, root in
            make("\(path)/file")
            let before = try root.status(of: "file")
            let report = try look(root, others, threads: 2)
            #expect(report.wrong == 2)
            #expect(report.changed == 0)
            #expect(try root.status(of: "file").st_ctim.tv_nsec == before.st_ctim.tv_nsec)
        }
    }
}
