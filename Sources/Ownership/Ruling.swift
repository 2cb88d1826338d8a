/// An owner rule in plain memory: deciding by it counts no references, which several threads would fight for.
struct Ruling: @unchecked Sendable {
    // Sendable: the memory behind the pointers does not change until whoever made it deallocates it.
    enum Decision {
        case right, unselected
        case change(to: Owner)
    }

    private let goal: Owner?
    private let pattern: OwnerPattern?
    private let acceptedGroups: UnsafeMutableBufferPointer<UInt32>
    private let users: UnsafeMutableBufferPointer<IDRange>
    private let groups: UnsafeMutableBufferPointer<IDRange>

    /// The maker calls `deallocate` when nobody decides by it any more.
    init(_ rule: OwnerRule) {
        switch rule {
        case .give(let goal, let pattern):
            self.goal = Owner(user: goal.user, group: goal.group)
            self.pattern = pattern
            (acceptedGroups, users, groups) = (copy(goal.acceptedGroups), copy([]), copy([]))
        case .translate(let translation):
            (goal, pattern) = (nil, nil)
            (acceptedGroups, users, groups) = (copy([]), copy(translation.users), copy(translation.groups))
        }
    }

    /// Whether whatever is changed gets the same owner.
    var givesOneOwner: Bool { goal != nil }

    func deallocate() {
        acceptedGroups.deallocate()
        users.deallocate()
        groups.deallocate()
    }

    func decide(_ owner: Owner) -> Decision {
        guard let goal else { return translate(owner) }
        if owner.user == goal.user && (owner.group == goal.group || acceptedGroups.contains(owner.group)) {
            return .right
        }
        if let pattern, owner.user != pattern.user || owner.group != pattern.group ?? owner.group { return .unselected }
        return .change(to: goal)
    }

    private func translate(_ owner: Owner) -> Decision {
        let user = find(owner.user, in: users)
        let group = find(owner.group, in: groups)
        if user == nil && group == nil { return .right }
        return .change(to: Owner(user: user ?? owner.user, group: group ?? owner.group))
    }

    private func find(_ id: UInt32, in ranges: UnsafeMutableBufferPointer<IDRange>) -> UInt32? {
        for range in ranges {
            if let new = range.translated(id) { return new }
        }
        return nil
    }
}

private func copy<Element>(_ elements: some Collection<Element>) -> UnsafeMutableBufferPointer<Element> {
    let room = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = room.initialize(from: elements)
    return room
}
