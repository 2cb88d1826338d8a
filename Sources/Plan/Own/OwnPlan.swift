import Linux

/// What `berth own` will do. Resolving has no effects.
package struct OwnPlan: Sendable {
    package var task: OwnTask
    /// As they were named, in that order.
    package var paths: [String]
    package var power: OwnerPower
    /// Whose links are followed on the way to a path.
    package var trustedLinkOwners: Set<UInt32>
    /// Looks, and changes nothing.
    package var dryRun: Bool
    /// Where each change is written before it is made.
    package var record: String?
    package var hardLinks: HardLinkWish
    package var when: OwnOccasion
    /// nil: as many as are of use.
    package var threads: Int?
    /// In milliseconds from the start.
    package var deadline: Int?
}

package enum OwnTask: Hashable, Sendable {
    /// Everything, or what the filter lets through, is to belong to `user`, and to `group` or one of the others.
    case give(user: UInt32, group: UInt32, acceptedGroups: Set<UInt32>, from: OwnerFilter?)
    case translate([IDMove])
    /// The walks of this record are undone.
    case restore(record: String)
}

extension OwnPlan {
    package init(resolving request: OwnRequest, in surroundings: Surroundings) throws(Refusal) {
        try refuseContradictions(request)
        let starter = try Starter(of: surroundings)
        task = try surroundings.task(request, starter)
        paths = request.paths
        power = surroundings.power(for: task, starter, try surroundings.starterAccount())
        let hasPower = !surroundings.capabilities.effective.isDisjoint(with: ownerCapabilities)
        trustedLinkOwners = starter == .ordinaryAccount && !hasPower ? [0, surroundings.ids.effectiveUser] : [0]
        dryRun = request.dryRun
        record = request.record
        hardLinks = request.hardLinks ?? .refuse
        when = request.when ?? .always
        threads = request.threads
        deadline = request.deadline
    }
}

extension Surroundings {
    fileprivate func task(_ request: OwnRequest, _ starter: Starter) throws(Refusal) -> OwnTask {
        if let record = request.restore { return .restore(record: record) }
        if !request.moves.isEmpty { return .translate(request.moves) }
        let account: Account
        if let wish = request.to {
            account = try self.account(wish, of: "--to")
        } else {
            // Root is not whom files should belong to without a word.
            guard starter == .ordinaryAccount || starter == .capableAccount else {
                throw Refusal("root needs --to", hint: "name the account that the files are to belong to")
            }
            account = try starterAccount()
        }
        // A group that was asked for is the only right one; otherwise any group of the account's is.
        let others = request.to?.group == nil ? Set(account.supplementaryGroups.map(\.rawValue)) : []
        return .give(
            user: account.user.rawValue, group: account.group.rawValue, acceptedGroups: others, from: request.from)
    }

    /// The subordinate ranges, unless the kernel would refuse there what it allows the account outside.
    fileprivate func power(for task: OwnTask, _ starter: Starter, _ own: Account) -> OwnerPower {
        let power = ownerPower(of: starter, own)
        guard case .subordinateRanges(let users, let groups) = power,
            case .give(let user, let group, _, _) = task
        else { return power }
        let mapped =
            (user == own.user.rawValue || users.contains(user))
            && (group == own.group.rawValue || groups.contains(group))
        return mapped ? power : .none
    }
}

extension SubordinateRange {
    fileprivate func contains(_ id: UInt32) -> Bool { id >= first && id - first < count }
}

private func refuseContradictions(_ request: OwnRequest) throws(Refusal) {
    if request.paths.isEmpty { throw Refusal("no path", hint: "name the directories: berth own [options] PATH...") }
    let given: [(name: String, is: Bool)] = [
        ("--to", request.to != nil), ("--from", request.from != nil), ("--map", !request.moves.isEmpty),
        ("--record", request.record != nil), ("--restore", request.restore != nil), ("--dry-run", request.dryRun),
        ("--hard-links", request.hardLinks != nil), ("--when", request.when != nil),
        ("--threads", request.threads != nil),
    ]
    let contradictions: [(String, Set<String>, String)] = [
        (
            "--restore", ["--to", "--from", "--map", "--record", "--hard-links", "--when", "--threads"],
            "the record says what is given back to whom"
        ),
        ("--map", ["--to", "--from"], "the ranges say whose files go to whom"),
        ("--dry-run", ["--record"], "nothing is changed that could be recorded"),
    ]
    for (option, others, reason) in contradictions where given.contains(where: { $0.name == option && $0.is }) {
        if let other = given.first(where: { $0.is && others.contains($0.name) }) {
            throw Refusal("\(option) and \(other.name) contradict each other", hint: reason)
        }
    }
}
