import Plan

extension FactValue {
    /// The value as JSON, RFC 8259, in one line; the members of a record in their own order.
    var json: String {
        switch self {
        case .text(let text): quotedJSON(text)
        case .number(let number): "\(number)"
        case .thousandths(let number): decimal(number)
        case .flag(let flag): flag ? "true" : "false"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .record(let facts):
            "{" + facts.map { quotedJSON($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }
}

/// Quotation marks, backslashes and control characters have to be escaped. So are other characters that a terminal would
/// act upon instead of showing them; the rest stands for itself.
private func quotedJSON(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\":
            quoted += "\\"
            quoted.unicodeScalars.append(scalar)
        case _ where scalar.isUnseen: quoted += scalar.utf16.map(escape).joined()
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}

private func decimal(_ thousandths: UInt64) -> String {
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
}

private func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
}
