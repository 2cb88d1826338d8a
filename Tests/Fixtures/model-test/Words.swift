/// The value that follows an option.
func value(of option: String, _ words: inout ArraySlice<String>) throws -> String {
    guard let value = words.popFirst() else { throw Failure("\(option) needs a value\n\(usage)") }
    return value
}

/// The same, as a number that is not below 0.
func number<Number: FixedWidthInteger>(_ option: String, _ words: inout ArraySlice<String>) throws -> Number {
    let text = try value(of: option, &words)
    guard let number = Number(text), number >= 0 else { throw Failure("\(option): '\(text)' is no number\n\(usage)") }
    return number
}
