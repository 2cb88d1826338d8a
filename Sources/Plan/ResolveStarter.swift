import Linux

/// What the owner worker needs, and all that it needs.
package let ownerCapabilities: CapabilitySet = [.chown, .dacOverride]

extension Starter {
    /// Tells the rows of the identity table apart.
    init(of surroundings: Surroundings) throws(Refusal) {
        let who = surroundings.ids
        try who.refuseSetID()
        guard surroundings.userMap.outside(of: who.effectiveUser) != nil,
            surroundings.groupMap.outside(of: who.effectiveGroup) != nil
        else {
            throw Refusal(
                "this user namespace does not map \(who.effectiveUser):\(who.effectiveGroup), as whom berth was started",
                hint: "write its uid_map and gid_map first")
        }
        if who.effectiveUser == 0 {
            self = surroundings.userMap == .initial ? .root : .namespaceRoot
        } else {
            self =
                surroundings.capabilities.effective.isSuperset(of: ownerCapabilities)
                ? .capableAccount : .ordinaryAccount
        }
    }
}

extension Surroundings {
    /// Whoever started berth, as an account: with the groups that the process really has, not those it would get today.
    func starterAccount() throws(Refusal) -> Account {
        let entry = try asking { () throws(SystemError) in try accounts.ofUser(ids.effectiveUser) }
        let others = Set(ids.supplementaryGroups).subtracting([ids.effectiveGroup]).sorted()
        return Account(
            name: entry?.name, user: UserID(ids.effectiveUser), group: GroupID(ids.effectiveGroup),
            supplementaryGroups: others.map { GroupID($0) }, homeDirectory: entry?.homeDirectory)
    }

    /// The account that `wish` names, as passwd(5) and group(5) know it.
    func account(_ wish: AccountWish, of option: String = "--account") throws(Refusal) -> Account {
        let entry = try entry(wish)
        let user: UInt32
        switch wish.who {
        case .name(let name):
            guard let entry else { throw Refusal("unknown account '\(name)'", hint: "passwd(5) has no such name") }
            user = entry.user
        case .user(let id): user = id.rawValue
        }
        guard let group = wish.group?.rawValue ?? entry?.group else {
            throw Refusal(
                "uid \(user) has no entry in passwd(5), so its group is unknown",
                hint: "give the group as well: \(option) \(user):GID")
        }
        var others: [UInt32] = []
        if let name = entry?.name {
            others = try asking { () throws(SystemError) in try accounts.groups(name, group) }.filter { $0 != group }
        }
        return Account(
            name: entry?.name, user: UserID(user), group: GroupID(group),
            supplementaryGroups: others.map { GroupID($0) }, homeDirectory: entry?.homeDirectory)
    }

    private func entry(_ wish: AccountWish) throws(Refusal) -> PasswdEntry? {
        try asking { () throws(SystemError) in
            switch wish.who {
            case .name(let name): try accounts.named(name)
            case .user(let id): try accounts.ofUser(id.rawValue)
            }
        }
    }
}
