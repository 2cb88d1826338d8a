/// Who keeps the locks on the files of the home.
package enum HomeLocks: String, Hashable, Sendable, CaseIterable {
    /// The kernel, for this session alone.
    case local
    /// The source: other sessions and machines that use it see them, and theirs are seen.
    case remote
}

extension HomeLocks {
    /// Reads one of the two words.
    package init(parsing text: String) throws(Refusal) {
        guard let place = HomeLocks(rawValue: text) else {
            throw Refusal("'\(text)': not a place for locks", hint: "local or remote")
        }
        self = place
    }
}
