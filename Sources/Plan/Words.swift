extension RawRepresentable where Self: CaseIterable, RawValue == String {
    /// Reads one of the words that there are; `complaint` says what any other is not.
    init(word text: String, _ complaint: String) throws(Refusal) {
        guard let value = Self(rawValue: text) else {
            let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("'\(text)': \(complaint)", hint: "one of \(words)")
        }
        self = value
    }
}
