import Foundation
import Glibc
import Linux
import Testing

@testable import Ownership

@Suite struct RecordFormatTests {
    private let file = RecordedFile(device: 1, inode: .max, birth: -5)

    private func frames() -> [RecordFrame] {
        [
            .section(RecordSection(version: 1, time: 99)),
            .place(number: 1, parent: 0, file, name: []),
            .place(number: 2, parent: 1, file, name: [0xff, 10, 39]),
            .change(
                RecordedChange(
                    directory: 2, file: file, old: Owner(user: 0, group: .max - 1), new: Owner(user: 7, group: 8),
                    mode: 0o104755, name: [UInt8](repeating: 120, count: 255))),
            .ended(.deadline, entries: .max, changed: 1, refused: 2), .undone(section: 77),
        ]
    }

    private func encoded(_ frames: [RecordFrame]) -> [UInt8] {
        frames.reduce(into: []) { bytes, frame in frame.encode(to: &bytes) }
    }

    /// What a reader makes of these bytes, encoded again, and where it stopped.
    private func read(_ bytes: [UInt8]) throws -> (frames: [UInt8], end: Int) {
        try withTree { path, root in
            FileManager.default.createFile(atPath: path + "/record", contents: Data(bytes))
            let record = try root.open("record", .readOnly)
            var reader = RecordReader(record.file)
            var frames: [RecordFrame] = []
            while let frame = try reader.next() { frames.append(frame) }
            return (encoded(frames), reader.offset)
        }
    }

    @Test func everyFrameComesBack() throws {
        let bytes = encoded(frames())
        let found = try read(bytes)
        #expect(found.frames == bytes && found.end == bytes.count)
    }

    @Test func aTornTailIsSeenWhereverItIsCut() throws {
        let whole = encoded(Array(frames().prefix(3)))
        let last = encoded([frames()[3]])
        for length in 0..<last.count {
            #expect(try read(whole + last.prefix(length)).end == whole.count)
        }
    }

    @Test func everyFlippedBitIsSeen() throws {
        let whole = encoded(Array(frames().prefix(2)))
        let last = encoded([frames()[2]])
        for index in last.indices {
            for bit in 0..<8 {
                var damaged = last
                damaged[index] ^= 1 << UInt8(bit)
                #expect(try read(whole + damaged).end == whole.count, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test(arguments: ["..", ".", "a/b", "a\0b"]) func aNameThatLeadsElsewhereIsNoFrame(name: String) throws {
        let change = RecordedChange(
            directory: 1, file: file, old: Owner(user: 0, group: 0), new: Owner(user: 1, group: 1), mode: 0,
            name: Array(name.utf8))
        #expect(try read(encoded([.change(change)])).end == 0)
        #expect(try read(encoded([.place(number: 2, parent: 1, file, name: Array(name.utf8))])).end == 0)
    }

    @Test func theChecksumIsCRC32C() {
        #expect(checksum(Array("123456789".utf8)[...]) == 0xE306_9283)
    }
}

@Suite struct RecordFileTests {
    /// Opens a record with these contents to be added to.
    private func add(to contents: [UInt8], mode: mode_t = 0o600, _ body: (String) throws -> Void = { _ in }) throws
        -> Int
    {
        try withTree { path, root in
            FileManager.default.createFile(atPath: path + "/record", contents: Data(contents))
            chmod(path + "/record", mode)
            try body(path + "/record")
            return try ChangeRecord(try root.open("record", .readWrite)).cutOff
        }
    }

    private var section: [UInt8] {
        var bytes: [UInt8] = []
        let root = RecordedFile(device: 1, inode: 2, birth: 3)
        RecordFrame.section(RecordSection(version: 1, time: 4)).encode(to: &bytes)
        RecordFrame.place(number: 1, parent: 0, root, name: []).encode(to: &bytes)
        return bytes
    }

    @Test func aTornTailIsCutOff() throws {
        #expect(try add(to: []) == 0)
        #expect(try add(to: section) == 0)
        #expect(try add(to: section + section.prefix(20)) == 20)
        #expect(try add(to: Array(section.prefix(20))) == 20)
    }

    @Test(arguments: ["x", "#!/bin/sh\necho something that nobody wants to lose, in a file that is no record\n"])
    func anotherFileIsLeftAlone(text: String) throws {
        #expect(throws: RecordFailure.notARecord) { try add(to: Array(text.utf8)) }
    }

    @Test func aNewerRecordIsLeftAlone() throws {
        var bytes: [UInt8] = []
        RecordFrame.section(RecordSection(version: 2, time: 4)).encode(to: &bytes)
        #expect(throws: RecordFailure.newer(version: 2)) { try add(to: bytes) }
    }

    @Test(arguments: [0o620, 0o602] as [mode_t]) func aRecordThatOthersWriteIsNotBelieved(mode: mode_t) throws {
        #expect(throws: RecordFailure.untrusted) { try add(to: [], mode: mode) }
    }

    @Test func aRecordWithASecondNameIsNotBelieved() throws {
        #expect(throws: RecordFailure.untrusted) { try add(to: []) { link($0, $0 + "2") } }
    }

    /// An interrupted write leaves nothing that is whole behind what is torn.
    @Test func damageInTheMidstIsToldFromATornTail() throws {
        var damaged = section
        damaged[damaged.count - 3] ^= 1
        let whole = section.count
        #expect(throws: RecordFailure.damaged(offset: whole + 29)) { try add(to: section + damaged + section) }
        #expect(try add(to: section + damaged) == 49)
    }

    @Test func twoWalksDoNotShareARecord() throws {
        try withTree { path, root in
            let first = try ChangeRecord(try root.open("record", [.readWrite, .create], mode: 0o600))
            #expect(throws: RecordFailure.inUse) { try ChangeRecord(try root.open("record", .readWrite)) }
            withExtendedLifetime(first) {}
        }
    }

    @Test func aRecordOfAnotherTreeIsRefused() throws {
        try withTree { path, root in
            FileManager.default.createFile(atPath: path + "/record", contents: Data(section))
            #expect(throws: RecordFailure.otherTree) {
                try restore(trees: [root], from: try root.open("record", .readWrite), options: RestoreOptions())
            }
        }
    }
}
