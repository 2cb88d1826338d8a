import Linux
import Seccomp

/// What a plan depends on besides the request: who started berth, and where. Gathered beforehand, so that planning has no effects.
package struct Surroundings {
    package var ids: StarterIDs
    package var capabilities: CapabilityState
    package var userMap: IdentityMap
    package var groupMap: IdentityMap
    package var accounts: AccountDatabase
    /// subuid(5) and subgid(5).
    package var subordinateUsers: [SubordinateLine]
    package var subordinateGroups: [SubordinateLine]
    /// Whether newuidmap(1) and newgidmap(1) are both there.
    package var hasMapWriters: Bool
    /// Absolute; nil where no path leads to it.
    package var workingDirectory: String?
    /// Reads a seccomp profile in the OCI runtime's form. A closure, since only the plan knows whether there is one.
    package var readProfile: (String) throws(Refusal) -> FilterProfile

    package init(
        ids: StarterIDs, capabilities: CapabilityState, userMap: IdentityMap, groupMap: IdentityMap,
        accounts: AccountDatabase, subordinateUsers: [SubordinateLine], subordinateGroups: [SubordinateLine],
        hasMapWriters: Bool, workingDirectory: String?,
        readProfile: @escaping (String) throws(Refusal) -> FilterProfile
    ) {
        self.ids = ids
        self.capabilities = capabilities
        self.userMap = userMap
        self.groupMap = groupMap
        self.accounts = accounts
        self.subordinateUsers = subordinateUsers
        self.subordinateGroups = subordinateGroups
        self.hasMapWriters = hasMapWriters
        self.workingDirectory = workingDirectory
        self.readProfile = readProfile
    }
}

/// The questions that passwd(5) and group(5) answer. Closures, since only the plan knows whom to ask about.
package struct AccountDatabase {
    package var named: (String) throws(SystemError) -> PasswdEntry?
    package var ofUser: (UInt32) throws(SystemError) -> PasswdEntry?
    /// Every group of the account of that name, the given group included.
    package var groups: (String, UInt32) throws(SystemError) -> [UInt32]
    /// The login shell of a user.
    package var shell: (UInt32) throws(SystemError) -> String?
    package var groupName: (UInt32) throws(SystemError) -> String?
    package var hasGroup: (String) throws(SystemError) -> Bool

    package init(
        named: @escaping (String) throws(SystemError) -> PasswdEntry?,
        ofUser: @escaping (UInt32) throws(SystemError) -> PasswdEntry?,
        groups: @escaping (String, UInt32) throws(SystemError) -> [UInt32],
        shell: @escaping (UInt32) throws(SystemError) -> String?,
        groupName: @escaping (UInt32) throws(SystemError) -> String?,
        hasGroup: @escaping (String) throws(SystemError) -> Bool
    ) {
        self.named = named
        self.ofUser = ofUser
        self.groups = groups
        self.shell = shell
        self.groupName = groupName
        self.hasGroup = hasGroup
    }

    /// The system's own, through nsswitch.conf(5).
    package static var system: AccountDatabase {
        AccountDatabase(
            named: { name throws(SystemError) in try PasswdEntry.named(name) },
            ofUser: { user throws(SystemError) in try PasswdEntry.of(user: user) },
            groups: { name, group throws(SystemError) in try Linux.groups(ofAccount: name, and: group) },
            shell: { user throws(SystemError) in try loginShell(ofUser: user) },
            groupName: { group throws(SystemError) in try Linux.groupName(ofGroup: group) },
            hasGroup: { name throws(SystemError) in try Linux.hasGroup(named: name) })
    }
}

/// A look-up that failed becomes a refusal in the call's own words.
package func asking<Answer>(_ question: () throws(SystemError) -> Answer) throws(Refusal) -> Answer {
    do { return try question() } catch { throw Refusal("\(error)") }
}
