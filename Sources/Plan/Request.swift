/// What is asked of a run; each wish is nil until the command line or the configuration file utters it.
package struct Request: Hashable, Sendable {
    package var home: DirectoryPair?
    package var shared: [DirectoryPair]?
    package var account: AccountWish?
    package var insideUser: UserID<Inside>?
    package var insideGroup: GroupID<Inside>?
    package var ownership: OwnershipMode?
    package var processNamespace: ProcessNamespaceMode?
    package var locks: HomeLocks?
    package var profile: Profile?
    package var keepSourceVisible: Bool?
    package var session = SessionWishes()
    /// How the progress of the owner worker is shown.
    package var progress: ProgressWish?
    /// Where JSON lines go: a descriptor of this process.
    package var statusDescriptor: Int32?
    package var dryRun: Bool?
    package var command: [String]?

    package init() {}

    /// These wishes, and those of `other` where there are none here. A list is one wish: it replaces the other's list.
    package func completed(from other: Request) -> Request {
        var all = self
        all.home = home ?? other.home
        all.shared = shared ?? other.shared
        all.account = account ?? other.account
        all.insideUser = insideUser ?? other.insideUser
        all.insideGroup = insideGroup ?? other.insideGroup
        all.ownership = ownership ?? other.ownership
        all.processNamespace = processNamespace ?? other.processNamespace
        all.locks = locks ?? other.locks
        all.profile = profile ?? other.profile
        all.keepSourceVisible = keepSourceVisible ?? other.keepSourceVisible
        all.session = session.completed(from: other.session)
        all.progress = progress ?? other.progress
        all.statusDescriptor = statusDescriptor ?? other.statusDescriptor
        all.dryRun = dryRun ?? other.dryRun
        all.command = command ?? other.command
        return all
    }
}

extension OwnershipMode {
    /// Reads one of the four words.
    package init(parsing text: String) throws(Refusal) {
        try self.init(word: text, "not a way to treat ownership")
    }
}

/// Reads the number of a descriptor.
package func parseDescriptorNumber(_ text: String) throws(Refusal) -> Int32 {
    let hint = "a descriptor is a decimal number, such as 3"
    do {
        if let number = Int32(exactly: try parseID(text)) { return number }
    } catch { throw Refusal("'\(text)': not a descriptor", hint: hint) }
    throw Refusal("'\(text)': not a descriptor", hint: hint)
}
