import Linux

extension Identity {
    /// Decides who is mapped to whom, by the identity table.
    package init(resolving request: Request, in surroundings: Surroundings) throws(Refusal) {
        let starter = try Starter(of: surroundings)
        let account: Account
        switch starter {
        case .ordinaryAccount, .capableAccount: account = try surroundings.itself(as: request.account)
        case .root: account = try surroundings.accountForRoot(request.account)
        case .namespaceRoot: account = try surroundings.accountForNamespaceRoot(request.account)
        }
        self.init(
            starter: starter, account: account, insideUser: request.insideUser ?? UserID(0),
            insideGroup: request.insideGroup ?? GroupID(0))
    }
}

extension Surroundings {
    /// Who is not root stays who it is; a wish may only say the same.
    fileprivate func itself(as wish: AccountWish?) throws(Refusal) -> Account {
        let own = try starterAccount()
        guard let wish else { return own }
        let wanted: UInt32
        switch wish.who {
        case .user(let id): wanted = id.rawValue
        case .name: wanted = try account(wish).user.rawValue
        }
        guard wanted == own.user.rawValue, wish.group == nil || wish.group == own.group else {
            throw Refusal(
                "\(own.user.rawValue):\(own.group.rawValue) cannot become account \(wish.words)",
                hint: "leave --account out, or start berth as root")
        }
        return own
    }

    /// Root of the machine has to name somebody else: it would map root to root.
    fileprivate func accountForRoot(_ wish: AccountWish?) throws(Refusal) -> Account {
        guard let wish else {
            throw Refusal(
                "root needs --account", hint: "name the unprivileged account that the session is to be outside")
        }
        let account = try account(wish)
        guard account.user.rawValue != 0 else {
            throw Refusal("the session must not be root outside", hint: "name an unprivileged account with --account")
        }
        guard account.group.rawValue != 0 else {
            throw Refusal(
                "the group of account \(account.label) is root's",
                hint: "give another group: --account \(account.user.rawValue):GID")
        }
        try requirePowerToBecome(account)
        return account
    }

    /// Uid 0 of a namespace is a number like others outside, unless the map hands the zero on.
    fileprivate func accountForNamespaceRoot(_ wish: AccountWish?) throws(Refusal) -> Account {
        let own = try starterAccount()
        guard let wish else {
            if userMap.outside(of: 0) == 0 || groupMap.outside(of: own.group.rawValue) == 0 {
                throw Refusal(
                    "root of this user namespace may be root outside, so it needs --account",
                    hint: "name another account, or say --account 0 if the machine's root is meant")
            }
            return own
        }
        let account = try account(wish)
        for group in [account.group] + account.supplementaryGroups where groupMap.outside(of: group.rawValue) == nil {
            throw Refusal("this user namespace does not map gid \(group.rawValue) of account \(account.label)")
        }
        guard userMap.outside(of: account.user.rawValue) != nil else {
            throw Refusal("this user namespace does not map uid \(account.user.rawValue) of account \(account.label)")
        }
        if account.user != own.user || account.group != own.group { try requirePowerToBecome(account) }
        return account
    }

    private func requirePowerToBecome(_ account: Account) throws(Refusal) {
        guard capabilities.effective.isSuperset(of: [.setuid, .setgid]) else {
            throw Refusal(
                "root without CAP_SETUID and CAP_SETGID cannot become account \(account.label)",
                hint: "add both capabilities, or start berth as that account")
        }
    }
}

extension Account {
    /// How messages call it: `'alice'`, or `1001:1001` where it has no name.
    package var label: String { name.map { "'\($0)'" } ?? "\(user.rawValue):\(group.rawValue)" }
}
