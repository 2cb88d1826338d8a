import Linux

/// Who the session is to the programs in it: what passwd(5) knows of the inside id, or what it is going to be told.
package struct InsideUser: Hashable, Sendable {
    package var name: String
    package var home: String
    package var shell: String
    /// Whether the entry is there already.
    package var isKnown: Bool

    package init(name: String, home: String, shell: String, isKnown: Bool) {
        self.name = name
        self.home = home
        self.shell = shell
        self.isKnown = isKnown
    }
}

package struct InsideGroup: Hashable, Sendable {
    package var name: String
    package var isKnown: Bool

    package init(name: String, isKnown: Bool) {
        self.name = name
        self.isKnown = isKnown
    }
}

private let plainShell = "/bin/sh"

extension InsideUser {
    init(of identity: Identity, home: String?, in accounts: AccountDatabase) throws(Refusal) {
        let id = identity.insideUser.rawValue
        let entry = try asking { () throws(SystemError) in try accounts.ofUser(id) }
        if let entry {
            let shell = try asking { () throws(SystemError) in try accounts.shell(id) } ?? ""
            self.init(
                name: entry.name, home: entry.homeDirectory.isAbsolutePath ? entry.homeDirectory : "/",
                shell: shell.isEmpty ? plainShell : shell, isKnown: true)
            return
        }
        let shell = try asking { () throws(SystemError) in try accounts.shell(identity.account.user.rawValue) } ?? ""
        let taken = { (name: String) throws(SystemError) in try accounts.named(name) != nil }
        self.init(
            name: try freeName("user", id, taken), home: home ?? identity.account.homeDirectory ?? "/",
            shell: shell.isEmpty ? plainShell : shell, isKnown: false)
    }
}

extension InsideGroup {
    init(of identity: Identity, in accounts: AccountDatabase) throws(Refusal) {
        let id = identity.insideGroup.rawValue
        if let name = try asking({ () throws(SystemError) in try accounts.groupName(id) }) {
            self.init(name: name, isKnown: true)
            return
        }
        let taken = { (name: String) throws(SystemError) in try accounts.hasGroup(name) }
        self.init(name: try freeName("group", id, taken), isKnown: false)
    }
}

/// A name that nobody has, since two entries of one name would be one account to some programs: `user1001`.
private func freeName(
    _ stem: String, _ id: UInt32, _ isTaken: (String) throws(SystemError) -> Bool
) throws(Refusal) -> String {
    for name in ["\(stem)\(id)", "berth-\(stem)\(id)"] {
        if try !asking({ () throws(SystemError) in try isTaken(name) }) { return name }
    }
    throw Refusal("no name is free for the \(stem) \(id) inside", hint: "choose another id with --uid or --gid")
}
