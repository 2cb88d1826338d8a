/// A reader of little-endian numbers; nil from the moment on when there is nothing left.
private struct Fields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func take<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func takeFile() -> RecordedFile? {
        guard let device: UInt64 = take(), let inode: UInt64 = take(), let birth: Int64 = take() else { return nil }
        return RecordedFile(device: device, inode: inode, birth: birth)
    }

    mutating func takeOwner() -> Owner? {
        guard let user: UInt32 = take(), let group: UInt32 = take() else { return nil }
        return Owner(user: user, group: group)
    }

    mutating func takeBytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    var isAtEnd: Bool { rest.isEmpty }
    /// What is left, if it is a name, or nothing.
    func name() -> [UInt8]? { rest.isEmpty || EntryName(rest) != nil ? Array(rest) : nil }
}

extension RecordFrame {
    /// nil where the payload is none that `encode` makes.
    init?(payload: ArraySlice<UInt8>) {
        var fields = Fields(payload.dropFirst())
        switch payload.first {
        case 1: self.init(section: &fields)
        case 2: self.init(place: &fields)
        case 3: self.init(change: &fields)
        case 4: self.init(ended: &fields)
        case 5:
            guard let section: UInt64 = fields.take(), fields.isAtEnd else { return nil }
            self = .undone(section: section)
        default: return nil
        }
    }

    private init?(section fields: inout Fields) {
        guard fields.takeBytes(8) == Self.magic, let version: UInt32 = fields.take(), let time: Int64 = fields.take(),
            fields.isAtEnd
        else { return nil }
        self = .section(RecordSection(version: version, time: time))
    }

    private init?(place fields: inout Fields) {
        guard let number: UInt64 = fields.take(), let parent: UInt64 = fields.take(), let file = fields.takeFile(),
            let name = fields.name(), name.isEmpty == (parent == 0), parent < number
        else { return nil }
        self = .place(number: number, parent: parent, file, name: name)
    }

    private init?(change fields: inout Fields) {
        guard let directory: UInt64 = fields.take(), let file = fields.takeFile(), let old = fields.takeOwner(),
            let new = fields.takeOwner(), let mode: UInt32 = fields.take(), let name = fields.name()
        else { return nil }
        self = .change(RecordedChange(directory: directory, file: file, old: old, new: new, mode: mode, name: name))
    }

    private init?(ended fields: inout Fields) {
        guard let raw: UInt8 = fields.take(), let ending = WalkEnding(rawValue: raw),
            let entries: UInt64 = fields.take(),
            let changed: UInt64 = fields.take(), let refused: UInt64 = fields.take()
        else { return nil }
        self = .ended(ending, entries: entries, changed: changed, refused: refused)
    }
}

/// CRC-32C (Castagnoli), as iSCSI and ext4 have it.
func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { bytes in
        table.withUnsafeBufferPointer { table in
            var sum = UInt32.max
            for byte in bytes { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 255)] }
            return ~sum
        }
    }
}

private let table: [UInt32] = (0..<256 as Range<UInt32>).map { byte in
    (0..<8).reduce(byte) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
}
