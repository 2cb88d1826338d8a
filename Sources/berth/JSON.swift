import Plan

extension FactValue {
    /// The value as JSON, RFC 8259, in one line; the members of a record in their own order.
    var json: String {
        switch self {
        case .text(let text): quotedJSON(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .record(let facts):
            "{" + facts.map { quotedJSON($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }
}

/// Quotation marks, backslashes and control characters have to be escaped; the rest stands for itself.
private func quotedJSON(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\":
            quoted += "\\"
            quoted.unicodeScalars.append(scalar)
        case "\u{0}"..."\u{1f}", "\u{7f}":
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
