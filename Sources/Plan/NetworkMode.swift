/// Which network the session has.
package enum NetworkMode: String, Hashable, Sendable, CaseIterable {
    /// That of berth, and its abstract names of unix(7) with it.
    case host
    /// A network namespace of its own, in which there is a loopback interface and nothing else.
    case none

    /// Reads one of the two words.
    package init(parsing text: String) throws(Refusal) {
        try self.init(word: text, "not a network for a session")
    }
}
