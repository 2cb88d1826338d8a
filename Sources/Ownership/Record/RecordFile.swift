import Glibc
import Linux

/// Why a change record is not used.
package enum RecordFailure: Error, Equatable, Sendable {
    case system(SystemError)
    /// Somebody else than root and this process's user can write it, or it is no regular file with one name.
    case untrusted
    /// Another process uses it.
    case inUse
    case notARecord
    /// Written by a berth whose format this one does not know.
    case newer(version: UInt32)
    /// Frames in its midst are damaged; what lies after this offset cannot be told from changes that were made.
    case damaged(offset: Int)
    /// It was made of another tree, or of further ones.
    case otherTree
}

/// What an existing change record holds.
struct RecordContents {
    struct Section {
        var offset: Int
        var head: RecordSection
        var roots: [RecordedFile] = []
        var isUndone = false
    }

    var sections: [Section] = []
    /// The length of its whole frames.
    var length = 0
    /// Bytes after the last whole frame, which were never acted upon.
    var torn = 0
}

/// Checks that a record can be believed, and locks it: its size.
func claimRecord(_ file: FileReference) throws(RecordFailure) -> Int {
    let status: stat
    do { status = try file.status() } catch { throw .system(error) }
    guard status.kind == .regular, status.st_nlink == 1, status.st_mode & (S_IWGRP | S_IWOTH) == 0,
        status.st_uid == 0 || status.st_uid == geteuid()
    else { throw .untrusted }
    let locked: Bool
    do { locked = try file.tryLock() } catch { throw .system(SystemError("flock", on: "change record", error)) }
    if !locked { throw .inUse }
    return Int(status.st_size)
}

/// Reads a record from its beginning to its last whole frame.
func readContents(_ file: FileReference, size: Int) throws(RecordFailure) -> RecordContents {
    /// More than this is never written without having reached the disk.
    let mostTorn = 64 << 20
    var contents = RecordContents()
    do throws(SystemError) {
        var reader = RecordReader(file)
        var offset = 0
        while let frame = try reader.next() {
            note(frame, at: offset, &contents)
            offset = reader.offset
        }
        contents.length = offset
        contents.torn = size - offset
    } catch { throw .system(error) }
    if contents.length == 0 ? try !isBeginning(file, size) : contents.sections.first?.offset != 0 { throw .notARecord }
    if contents.torn > mostTorn { throw .damaged(offset: contents.length) }
    if try holdsFrame(file, from: contents.length, bytes: contents.torn) { throw .damaged(offset: contents.length) }
    for section in contents.sections where section.head.version != RecordFrame.version {
        throw .newer(version: section.head.version)
    }
    return contents
}

/// Whether a whole frame lies somewhere in what cannot be read from its beginning: no interrupted write leaves one.
private func holdsFrame(_ file: FileReference, from offset: Int, bytes: Int) throws(RecordFailure) -> Bool {
    if bytes == 0 { return false }
    let tail: [UInt8]
    do { tail = try readRecord(file, at: offset, most: bytes) } catch { throw .system(error) }
    return tail.indices.contains { RecordFrame.isWhole(tail[$0...]) }
}

private func note(_ frame: RecordFrame, at offset: Int, _ contents: inout RecordContents) {
    switch frame {
    case .section(let head): contents.sections.append(RecordContents.Section(offset: offset, head: head))
    case .undone(let undone):
        for index in contents.sections.indices where contents.sections[index].offset == undone {
            contents.sections[index].isUndone = true
        }
    case .place(_, parent: 0, let root, _):
        if !contents.sections.isEmpty { contents.sections[contents.sections.count - 1].roots.append(root) }
    case .place, .change, .ended: break
    }
}

/// Whether a file without a whole frame is a record whose very first write was torn, and not something else.
private func isBeginning(_ file: FileReference, _ size: Int) throws(RecordFailure) -> Bool {
    var whole: [UInt8] = []
    RecordFrame.section(RecordSection(version: 0, time: 0)).encode(to: &whole)
    guard size < whole.count else { return false }
    let found: [UInt8]
    do { found = try readRecord(file, at: 0, most: whole.count) } catch { throw .system(error) }
    // The length, and after the checksum the kind and the magic.
    let fixed = [0, 1, 2, 3] + Array(8..<17)
    return fixed.allSatisfy { $0 >= found.count || found[$0] == whole[$0] }
}
