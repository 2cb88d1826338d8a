import Plan

/// Reads a JSON document as RFC 8259 has it and no other way: no comments, no commas at the end, no name twice in one
/// object, nothing behind the value.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    /// How many lists and objects are open.
    private var depth = 0

    private static let deepest = 64

    static func value(of text: String) throws(Refusal) -> JSONValue {
        var reader = JSONReader(bytes: Array(text.utf8))
        let value = try reader.value()
        reader.skipSpace()
        guard reader.next == nil else { throw reader.unexpected("the end") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func unexpected(_ wanted: String) -> Refusal {
        let line = bytes[..<min(position, bytes.count)].filter { $0 == UInt8(ascii: "\n") }.count + 1
        let found = next.map { $0 > 0x20 && $0 < 0x7f ? "'\(Character(UnicodeScalar($0)))'" : "something else" }
        return Refusal("line \(line): expected \(wanted), found \(found ?? "the end")")
    }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
    }

    /// Takes the byte if it is the next one, spaces aside.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(Refusal) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .list(try elements())
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .truth(true))
        case UInt8(ascii: "f"): return try word("false", .truth(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Refusal) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw unexpected("a value") }
        position += word.utf8.count
        return value
    }

    private mutating func open() throws(Refusal) {
        position += 1
        depth += 1
        if depth > Self.deepest { throw unexpected("at most \(Self.deepest) lists and objects within each other") }
    }

    private mutating func elements() throws(Refusal) -> [JSONValue] {
        try open()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return values }
        repeat { values.append(try value()) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        return values
    }

    private mutating func members() throws(Refusal) -> [JSONMember] {
        try open()
        defer { depth -= 1 }
        var members: [JSONMember] = []
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            let before = position
            let name = try text()
            if members.contains(where: { $0.name == name }) {
                position = before
                throw unexpected("'\(name)' only once in an object")
            }
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            members.append(JSONMember(name: name, value: try value()))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        return members
    }

    /// A sign, digits without a zero before others, a fraction, an exponent.
    private mutating func number() throws(Refusal) -> String {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = next, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(sign) { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(Refusal) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw unexpected("a value") }
    }

    /// A string in quotation marks.
    private mutating func text() throws(Refusal) -> String {
        guard next == UInt8(ascii: "\"") else { throw unexpected("a string") }
        position += 1
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            if byte < 0x20 { throw unexpected("no control character in a string") }
            position += 1
            if byte == UInt8(ascii: "\\") { text += String(try escaped()).utf8 } else { text.append(byte) }
        }
        guard next != nil else { throw unexpected("'\"'") }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    /// What stands behind a backslash.
    private mutating func escaped() throws(Refusal) -> Unicode.Scalar {
        let short: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
            UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        if let byte = next, let scalar = short[byte] {
            position += 1
            return scalar
        }
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first), first != 0 { return scalar }
        // Half of a pair of UTF-16; the other half has to follow.
        guard (0xd800..<0xdc00).contains(first), next == UInt8(ascii: "\\") else { throw unexpected("a character") }
        position += 1
        let second = try codeUnit()
        guard (0xdc00..<0xe000).contains(second) else { throw unexpected("the other half of a pair") }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))!
    }

    /// `uXXXX`.
    private mutating func codeUnit() throws(Refusal) -> UInt32 {
        let digits = bytes[position...].dropFirst().prefix(4)
        guard next == UInt8(ascii: "u"), digits.count == 4,
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), digits.first != UInt8(ascii: "+")
        else { throw unexpected("an escape of JSON") }
        position += 5
        return unit
    }
}
