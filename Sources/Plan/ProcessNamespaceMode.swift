/// Whether the session gets a pid namespace of its own, in which it sees no process but its own.
package enum ProcessNamespaceMode: String, Hashable, Sendable, CaseIterable {
    /// Where a /proc can be mounted for it; elsewhere the session sees the processes that berth sees.
    case auto
    /// Or there is no session.
    case require
    case off

    /// Reads one of the three words.
    package init(parsing text: String) throws(Refusal) {
        try self.init(word: text, "not a way to have a pid namespace")
    }
}
