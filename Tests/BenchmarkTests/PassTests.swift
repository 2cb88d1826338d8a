import Foundation
import Testing

@testable import benchmark

/// A pass tells what it has dealt with, and takes nothing wrong for an answer: otherwise its time would mean nothing.
@Suite struct PassTests {
    @Test(arguments: [1, 4])
    func everyFileIsCounted(threads: Int) throws {
        try withDirectories { root in
            let whole = 4 * 5 * FilePass.fileSize
            let expected: [(FilePass.Operation, bytes: Int)] = [
                (.create, whole), (.stat, whole), (.open, 0), (.read, whole), (.list, 0), (.listWithStat, whole),
                (.delete, 0),
            ]
            for (operation, bytes) in expected {
                let answer = try pass(operation, root, threads: threads).perform()
                #expect(answer.units == 4 * 5, "\(operation)")
                #expect(answer.bytes == bytes, "\(operation)")
                #expect(answer.seconds > 0, "\(operation)")
            }
            let left = try pass(.list, root).perform()
            #expect(left.units == 0)
        }
    }

    @Test func anotherFilesDataIsAnError() throws {
        try withDirectories { root in
            _ = try pass(.create, root).perform()
            let (one, other) = ("\(root)/directory-1/file-2", "\(root)/directory-1/file-3")
            #expect(rename(one, other) == 0)
            #expect(link(other, one) == 0)
            #expect(throws: Trouble.self) { try pass(.read, root).perform() }
        }
    }

    @Test func aShortFileIsAnError() throws {
        try withDirectories { root in
            _ = try pass(.create, root).perform()
            #expect(truncate("\(root)/directory-3/file-0", 100) == 0)
            #expect(throws: Trouble.self) { try pass(.read, root).perform() }
        }
    }

    @Test func aMissingFileIsAnError() throws {
        try withDirectories { root in
            _ = try pass(.create, root).perform()
            #expect(unlink("\(root)/directory-0/file-4") == 0)
            for operation in [FilePass.Operation.stat, .open, .read, .delete] {
                #expect(throws: Trouble.self) { try pass(operation, root).perform() }
            }
        }
    }
}

private func pass(_ operation: FilePass.Operation, _ root: String, threads: Int = 1) -> FilePass {
    FilePass(operation: operation, root: root, directories: 4, filesEach: 5, threads: threads)
}

private func withDirectories(_ body: (String) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("benchmark-\(UUID().uuidString)")
    for number in 0..<4 {
        try FileManager.default.createDirectory(
            at: root.appendingPathComponent(FilePass.directoryName(number)), withIntermediateDirectories: true)
    }
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: root) } }
    try body(root.path)
}
