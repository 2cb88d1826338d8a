/// Marks ids that count in the namespace berth was started in.
package enum Outside {}
/// Marks ids that count in the session's user namespace.
package enum Inside {}

/// A user id, and on which side of the map it counts. Never 4294967295, which the kernel takes for "no id".
package struct UserID<Side>: Hashable, Sendable {
    package let rawValue: UInt32
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A group id, and on which side of the map it counts.
package struct GroupID<Side>: Hashable, Sendable {
    package let rawValue: UInt32
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// The unprivileged identity outside: what the session's processes are to the rest of the machine.
package struct Account: Hashable, Sendable {
    /// As passwd(5) knows it; nil where only numbers were given and passwd has no entry.
    package var name: String?
    package var user: UserID<Outside>
    package var group: GroupID<Outside>
    /// Every group of the account but `group`. They stay in force in the session.
    package var supplementaryGroups: [GroupID<Outside>]
    /// The home directory of passwd(5).
    package var homeDirectory: String?

    package init(
        name: String?, user: UserID<Outside>, group: GroupID<Outside>,
        supplementaryGroups: [GroupID<Outside>], homeDirectory: String?
    ) {
        self.name = name
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
        self.homeDirectory = homeDirectory
    }
}

/// The rows of the identity table: as whom berth was started.
package enum Starter: String, Hashable, Sendable {
    /// An ordinary account; it becomes the session's account.
    case ordinaryAccount = "ordinary-account"
    /// An account that holds CAP_CHOWN and CAP_DAC_OVERRIDE; it becomes the session's account.
    case capableAccount = "capable-account"
    /// Root of the initial user namespace, which gives itself up for the account that was named.
    case root
    /// Uid 0 of another user namespace: what that namespace's map says, or the account that was named.
    case namespaceRoot = "namespace-root"
}

/// Who is mapped to whom, user_namespaces(7): one id each way.
package struct Identity: Hashable, Sendable {
    package var starter: Starter
    package var account: Account
    package var insideUser: UserID<Inside>
    package var insideGroup: GroupID<Inside>

    package init(
        starter: Starter, account: Account, insideUser: UserID<Inside>, insideGroup: GroupID<Inside>
    ) {
        self.starter = starter
        self.account = account
        self.insideUser = insideUser
        self.insideGroup = insideGroup
    }
}
