/// Something that was asked for and will not be done, in words for whoever asked.
package struct Refusal: Error, Hashable, Sendable {
    /// Lower case, no full stop, paths in single quotes.
    package var message: String
    /// What cures it, where that is known.
    package var hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

extension Refusal: CustomStringConvertible {
    package var description: String { message }
}
