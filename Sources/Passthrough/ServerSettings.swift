import Linux

/// How a mount is served.
package struct ServerSettings: Sendable {
    /// Every request that would change something is refused.
    package var readOnly: Bool
    package var cache: CachePolicy
    package var locks = LockPlace.local
    package var audience = Audience.account
    /// Ids as they are shown, by those of the source, for users and groups alike; empty: as they are.
    package var identities = IdentityMap(lines: [])
    /// The mount has default_permissions, and its owners may be mapped to others by whoever may do so.
    package var isIDMappable = false
    /// How many threads may serve, at most.
    package var maximumThreads = ServerSettings.usualThreads

    package static let usualThreads = 10

    package init(readOnly: Bool, cache: CachePolicy) {
        self.readOnly = readOnly
        self.cache = cache
    }
}

extension ServerSettings {
    /// Nobody changes anything, from here or elsewhere: the kernel need not ask again, nor tell that it opens a file.
    package var neverChanges: Bool { readOnly && cache == .always }
    /// Then the kernel may open files by itself; not where their handles hold locks.
    package var kernelOpens: Bool { neverChanges && locks == .local }
    /// The kernel checks permissions for many accounts, by ACLs too. It asks for the root's with every path: of an inode
    /// that is older than the answer to its first request it keeps none (Linux 6.18.42).
    var kernelReadsLists: Bool { audience == .everybody }
}

/// Whom the mount is for.
package enum Audience: Sendable {
    /// The server's own account, in a user namespace that need not map all of its groups: owners without an id there are
    /// shown as the account's own.
    case session
    /// The server's own account.
    case account
    /// Every account. The kernel checks permissions; what is made belongs to whoever made it.
    case everybody
}
