import Glibc
import Linux

/// To whom the entries of a tree should belong.
package struct OwnershipGoal: Hashable, Sendable {
    package var user: UInt32
    /// The group that entries with a wrong owner or group are given.
    package var group: UInt32
    /// Other groups that are right as well.
    package var acceptedGroups: Set<UInt32>

    package init(user: UInt32, group: UInt32, acceptedGroups: Set<UInt32>) {
        self.user = user
        self.group = group
        self.acceptedGroups = acceptedGroups
    }

    package func isMet(by owner: Owner) -> Bool {
        owner.user == user && (owner.group == group || acceptedGroups.contains(owner.group))
    }
}

/// A file's user and group.
package struct Owner: Hashable, Sendable {
    package var user: UInt32
    package var group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}

extension Owner: CustomStringConvertible {
    package var description: String { "\(user):\(group)" }
}

extension EntryStatus {
    package var owner: Owner { Owner(user: user, group: group) }
}

/// Which entries a walk changes, by their present owner: all that are not right, or only those of one user.
package struct OwnerPattern: Hashable, Sendable {
    package var user: UInt32
    /// nil: any group.
    package var group: UInt32?

    package init(user: UInt32, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }
}

/// What a walk makes of an entry's owner.
package enum OwnerRule: Sendable {
    /// Entries belong to one owner; with a pattern, those of other owners are left alone.
    case give(OwnershipGoal, from: OwnerPattern?)
    /// Ids are translated, user and group each by its own ranges; what no range holds stays as it is.
    case translate(IDTranslation)

    /// No rule: whatever is changed is changed for another reason.
    static var restoration: OwnerRule { .translate(.none) }

    /// The owner that an entry of this owner is to be given; nil where it is right, or none of our business.
    package func change(of owner: Owner) -> Owner? {
        let ruling = Ruling(self)
        defer { ruling.deallocate() }
        if case .change(let new) = ruling.decide(owner) { return new }
        return nil
    }
}

/// On-root-mismatch: one look at the tree's root tells whether the tree needs a walk.
package func rootNeedsWalk(root: FileReference, rule: OwnerRule) throws(SystemError) -> Bool {
    let status: EntryStatus
    do { status = try EntryStatus.of(root) } catch { throw SystemError("statx", on: "tree", error) }
    return rule.change(of: status.owner) != nil
}
