import Linux

/// The change record, version 1: a file that only grows, made of frames.
///
///     frame      length of the payload (4 bytes), CRC-32C of the payload (4), payload
///     payload    kind (1), then
///     1 section  "berthown" (8), version (4), time in ns since the epoch (8)
///     2 place    number (8), number of the parent (8), device, inode, birth (8 each), name; a root has the parent 0 and no name
///     3 change   number of the directory (8), device, inode, birth (8 each), old user, old group, new user, new group,
///                mode (4 each), name; without a name the directory itself is meant
///     4 ended    `WalkEnding` (1), entries, changed, refused (8 each)
///     5 undone   offset of a section that has been restored (8)
///
/// Numbers are little-endian; birth is in ns since the epoch, 0 where the file system does not keep it; a name is what
/// is left of the payload, and holds any bytes but NUL and slash. Each run begins a section, and its roots
/// follow; the numbers of places count from 1 in each. A change is made only after its frame, and those it refers to, have reached the disk. So what
/// comes after the last whole frame was never acted upon, and is cut off before the file is added to.
enum RecordFrame {
    case section(RecordSection)
    case place(number: UInt64, parent: UInt64, RecordedFile, name: [UInt8])
    case change(RecordedChange)
    case ended(WalkEnding, entries: UInt64, changed: UInt64, refused: UInt64)
    case undone(section: UInt64)

    static let version: UInt32 = 1
    static let magic = Array("berthown".utf8)
    /// A payload is shorter than this.
    static let longest = 4096
}

/// The beginning of a section.
struct RecordSection {
    var version: UInt32
    var time: Int64
}

/// What tells a file from others, and from later ones that were given its inode.
struct RecordedFile: Hashable {
    var device: UInt64
    var inode: UInt64
    var birth: Int64

    init(device: UInt64, inode: UInt64, birth: Int64) {
        (self.device, self.inode, self.birth) = (device, inode, birth)
    }

    init(_ status: EntryStatus) {
        self.init(device: status.identity.device, inode: status.identity.inode, birth: status.birth)
    }
}

/// A change of owner, written before it is made.
struct RecordedChange {
    var directory: UInt64
    var file: RecordedFile
    var old: Owner
    var new: Owner
    var mode: UInt32
    /// Empty where the directory itself is meant.
    var name: [UInt8]
}

extension RecordFrame {
    /// Adds the frame to `bytes`.
    func encode(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0, 0, 0, 0, 0])
        encodePayload(to: &bytes)
        let sum = checksum(bytes[(start + 8)...])
        put(UInt32(bytes.count - start - 8), into: &bytes, at: start)
        put(sum, into: &bytes, at: start + 4)
    }

    private func encodePayload(to bytes: inout [UInt8]) {
        switch self {
        case .section(let section):
            bytes.append(1)
            bytes += Self.magic
            append(section.version, to: &bytes)
            append(section.time, to: &bytes)
        case .place(let number, let parent, let file, let name):
            bytes.append(2)
            append(number, to: &bytes)
            append(parent, to: &bytes)
            append(file, to: &bytes)
            bytes += name
        case .change(let change):
            bytes.append(3)
            append(change.directory, to: &bytes)
            append(change.file, to: &bytes)
            for number in [change.old.user, change.old.group, change.new.user, change.new.group, change.mode] {
                append(number, to: &bytes)
            }
            bytes += change.name
        case .ended(let ending, let entries, let changed, let refused):
            bytes += [4, ending.rawValue]
            for number in [entries, changed, refused] { append(number, to: &bytes) }
        case .undone(let section):
            bytes.append(5)
            append(section, to: &bytes)
        }
    }

    private func append(_ file: RecordedFile, to bytes: inout [UInt8]) {
        append(file.device, to: &bytes)
        append(file.inode, to: &bytes)
        append(file.birth, to: &bytes)
    }

    private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private func put(_ number: UInt32, into bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
    }
}
