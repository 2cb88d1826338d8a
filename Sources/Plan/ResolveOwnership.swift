import Linux

extension OwnershipPlan {
    /// Decides what happens to the home's owners, and by whose power.
    init(resolving request: Request, for identity: Identity, in surroundings: Surroundings) throws(Refusal) {
        guard request.home != nil else {
            if let mode = request.ownership, mode != .off {
                throw Refusal(
                    "ownership '\(mode.rawValue)' without a home",
                    hint: "only a home's owners are looked at: add --home")
            }
            self.init(mode: .off, power: .none)
            return
        }
        let mode = request.ownership ?? .onRootMismatch
        self.init(
            mode: mode,
            power: mode == .off ? .none : surroundings.ownerPower(of: identity.starter, identity.account))
    }
}

extension Surroundings {
    /// By whose power owners are changed where `account` is who started berth.
    func ownerPower(of starter: Starter, _ account: Account) -> OwnerPower {
        if capabilities.effective.isSuperset(of: ownerCapabilities) { return .callersCapabilities }
        // Under no_new_privs the map writers lose the file mode that makes them work.
        guard starter == .ordinaryAccount, hasMapWriters, !capabilities.noNewPrivileges,
            let users = subordinateUsers.range(for: account, without: account.user.rawValue),
            let groups = subordinateGroups.range(for: account, without: account.group.rawValue)
        else { return .none }
        return .subordinateRanges(users: users, groups: groups)
    }
}

extension [SubordinateLine] {
    /// The first range that is lent to the account and can stand in a map beside its own id; never one with root in it.
    fileprivate func range(for account: Account, without ownID: UInt32) -> SubordinateRange? {
        for line in self where line.owner == account.name || line.owner == "\(account.user.rawValue)" {
            let (end, wraps) = line.first.addingReportingOverflow(line.count)
            if line.first == 0 || line.count == 0 || wraps || (line.first..<end).contains(ownID) { continue }
            return SubordinateRange(first: line.first, count: line.count)
        }
        return nil
    }
}
