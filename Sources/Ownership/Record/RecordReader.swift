import Glibc
import Linux

/// Reads the frames of a change record one after the other, from a given offset.
struct RecordReader {
    private let file: FileReference
    /// Where the next frame begins; all before it are whole.
    private(set) var offset: Int
    private var buffer: [UInt8] = []
    /// Where in the buffer the next frame begins.
    private var position = 0

    private static let chunk = 1 << 18

    init(_ file: FileReference, from offset: Int = 0) {
        self.file = file
        self.offset = offset
    }

    /// The next frame; nil at the end of the file, and where something follows that is no whole frame.
    mutating func next() throws(SystemError) -> RecordFrame? {
        guard let head = try bytes(8) else { return nil }
        let length = littleEndian(head)
        let sum = littleEndian(head.dropFirst(4))
        guard length > 0, length < RecordFrame.longest, let whole = try bytes(8 + Int(length)) else { return nil }
        let payload = whole.dropFirst(8)
        guard checksum(payload) == sum, let frame = RecordFrame(payload: payload) else { return nil }
        position += whole.count
        offset += whole.count
        return frame
    }

    /// The next bytes, without going on; nil where the file does not have so many.
    private mutating func bytes(_ count: Int) throws(SystemError) -> ArraySlice<UInt8>? {
        if buffer.count - position < count {
            buffer.removeFirst(position)
            position = 0
            try fill(count)
        }
        return buffer.count < position + count ? nil : buffer[position..<(position + count)]
    }

    private mutating func fill(_ wanted: Int) throws(SystemError) {
        while buffer.count < wanted {
            let more = try readRecord(file, at: offset + buffer.count, most: Self.chunk)
            if more.isEmpty { return }
            buffer += more
        }
    }
}

extension RecordFrame {
    /// Whether a frame begins here whose checksum is right.
    static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
        let length = Int(littleEndian(bytes))
        guard length > 0, length < longest, bytes.count >= 8 + length else { return false }
        let payload = bytes.dropFirst(8).prefix(length)
        return checksum(payload) == littleEndian(bytes.dropFirst(4))
    }
}

private func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
}

/// pread(2): up to `most` bytes; none at the end of the file.
func readRecord(_ file: FileReference, at offset: Int, most: Int) throws(SystemError) -> [UInt8] {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: most, alignment: 8)
    defer { room.deallocate() }
    do { return Array(room[..<(try file.read(into: room, at: offset))]) } catch {
        throw SystemError("pread", on: "change record", error)
    }
}
