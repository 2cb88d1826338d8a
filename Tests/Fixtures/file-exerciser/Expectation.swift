func expectEqual<Value: Equatable>(_ what: String, _ value: Value, _ expected: Value) throws {
    if value != expected { throw Failure("\(what) is \(value), expected \(expected)") }
}
