import Plan

/// Facts as bytes, to travel from a process that berth forked: a letter for the kind, then numbers of eight bytes, the
/// lowest first; texts, lists and records begin with their length.
enum FactCoding {
    static func encode(_ facts: [Fact]) -> [UInt8] {
        var bytes: [UInt8] = []
        put(.record(facts), into: &bytes)
        return bytes
    }

    /// nil where the bytes are anything else.
    static func decode(_ bytes: [UInt8]) -> [Fact]? {
        var reader = FactReader(rest: bytes[...])
        guard case .record(let facts)? = reader.value(depth: 0), reader.rest.isEmpty else { return nil }
        return facts
    }

    private static func put(_ value: FactValue, into bytes: inout [UInt8]) {
        switch value {
        case .text(let text): put(text, into: &bytes)
        case .number(let number): put("n", UInt64(bitPattern: number), into: &bytes)
        case .thousandths(let number): put("m", number, into: &bytes)
        case .flag(let flag): put("f", flag ? 1 : 0, into: &bytes)
        case .list(let values):
            put("l", UInt64(values.count), into: &bytes)
            for value in values { put(value, into: &bytes) }
        case .record(let facts):
            put("r", UInt64(facts.count), into: &bytes)
            for fact in facts {
                put(fact.name, into: &bytes)
                put(fact.value, into: &bytes)
            }
        }
    }

    private static func put(_ text: String, into bytes: inout [UInt8]) {
        put("t", UInt64(text.utf8.count), into: &bytes)
        bytes += text.utf8
    }

    private static func put(_ kind: Unicode.Scalar, _ number: UInt64, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: kind))
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(shift)))) }
    }
}

private struct FactReader {
    var rest: ArraySlice<UInt8>

    mutating func value(depth: Int) -> FactValue? {
        guard depth < 8, let kind = rest.popFirst(), let number = number() else { return nil }
        switch kind {
        case UInt8(ascii: "t"): return text(number).map { .text($0) }
        case UInt8(ascii: "n"): return .number(Int64(bitPattern: number))
        case UInt8(ascii: "m"): return .thousandths(number)
        case UInt8(ascii: "f"): return number > 1 ? nil : .flag(number == 1)
        case UInt8(ascii: "l"): return list(number, depth).map { .list($0) }
        case UInt8(ascii: "r"): return record(number, depth).map { .record($0) }
        default: return nil
        }
    }

    private mutating func number() -> UInt64? {
        guard rest.count >= 8 else { return nil }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func text(_ length: UInt64) -> String? {
        guard length <= UInt64(rest.count) else { return nil }
        defer { rest = rest.dropFirst(Int(length)) }
        return String(decoding: rest.prefix(Int(length)), as: UTF8.self)
    }

    private mutating func list(_ count: UInt64, _ depth: Int) -> [FactValue]? {
        var values: [FactValue] = []
        for _ in 0..<count {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        }
        return values
    }

    private mutating func record(_ count: UInt64, _ depth: Int) -> [Fact]? {
        var facts: [Fact] = []
        for _ in 0..<count {
            guard case .text(let name)? = value(depth: depth + 1), let value = value(depth: depth + 1) else {
                return nil
            }
            facts.append(Fact(name, value))
        }
        return facts
    }
}
