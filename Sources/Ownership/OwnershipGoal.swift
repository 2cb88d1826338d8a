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

    package func isMet(by status: stat) -> Bool {
        status.st_uid == user && (status.st_gid == group || acceptedGroups.contains(status.st_gid))
    }
}

/// Whether a walk puts right what it finds wrong.
package enum WalkMode: Sendable {
    case change, check
}

/// On-root-mismatch: one look at the tree's root tells whether the tree needs a walk.
package func rootNeedsWalk(root: FileReference, goal: OwnershipGoal) throws(SystemError) -> Bool {
    !goal.isMet(by: try root.status())
}
