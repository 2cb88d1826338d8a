/// What the file must hold.
struct Model {
    private(set) var bytes: [UInt8] = []

    var size: Int { bytes.count }

    mutating func write(_ new: [UInt8], at offset: Int) {
        grow(to: offset + new.count)
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
    }

    mutating func resize(to size: Int) {
        grow(to: size)
        bytes.removeLast(bytes.count - size)
    }

    mutating func grow(to size: Int) {
        if size > bytes.count { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    }

    /// Zeroes what of the range lies within the file.
    mutating func zero(_ range: Range<Int>) {
        let within = range.clamped(to: 0..<bytes.count)
        bytes.replaceSubrange(within, with: repeatElement(0, count: within.count))
    }

    /// What a read gives: less at the end, nothing behind it.
    func read(_ count: Int, at offset: Int) -> ArraySlice<UInt8> {
        bytes[(offset..<offset + count).clamped(to: 0..<bytes.count)]
    }

    func expect(_ found: [UInt8], at offset: Int, of count: Int) throws {
        let expected = read(count, at: offset)
        if expected.elementsEqual(found) { return }
        if found.count != expected.count {
            throw Failure("\(found.count) bytes at \(offset), expected \(expected.count) of \(size)")
        }
        let first = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }!
        let wrong = zip(found, expected).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
        throw Failure(
            "byte \(offset + first.offset) is \(first.element.0), expected \(first.element.1); \(wrong) of \(count) are wrong"
        )
    }
}
