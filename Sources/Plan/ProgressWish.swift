/// How progress is to be shown: what `--progress` says.
package enum ProgressWish: String, Hashable, Sendable, CaseIterable {
    /// As for a terminal where standard error is one, otherwise a line now and then.
    case auto
    case terminal, json, none

    /// Reads one of the four words.
    package init(parsing text: String) throws(Refusal) {
        try self.init(word: text, "not a way to show progress")
    }
}
