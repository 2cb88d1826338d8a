import Plan

/// The value of an option that may be given once; nil where it was not.
func one<Value>(
    _ texts: [String], _ option: String, _ parse: (String) throws(Refusal) -> Value
) throws(Refusal) -> Value? {
    guard texts.count <= 1 else {
        throw Refusal("\(option) was given \(texts.count) times, at most once is possible")
    }
    return try all(texts, option, parse)?.first
}

/// The values of an option, in their order; nil where it was not given.
func all<Value>(
    _ texts: [String], _ option: String, _ parse: (String) throws(Refusal) -> Value
) throws(Refusal) -> [Value]? {
    var values: [Value] = []
    for text in texts {
        do { values.append(try parse(text)) } catch {
            throw Refusal("\(option) \(error.message)", hint: error.hint)
        }
    }
    return values.isEmpty ? nil : values
}
