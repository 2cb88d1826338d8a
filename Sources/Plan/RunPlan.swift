/// What a run will do, decided before it does anything: values only.
package struct RunPlan: Hashable, Sendable {
    package var identity: Identity
    /// In the order in which they are mounted: a mount whose target lies within another's target comes after it.
    package var mounts: [MountPlan]
    package var ownership: OwnershipPlan
    package var processNamespace = ProcessNamespaceMode.auto
    /// Sources may be seen by their own paths as well, shared ones read-only; otherwise they are covered there.
    package var keepsSourcesVisible = false
    /// The profile, and what it has a say in.
    package var profile = Profile.trusted
    package var profileSettings: [ProfileSetting] = []
    package var session: SessionPlan
    /// Whether somebody reads the facts that the run tells. What it takes to gather them is otherwise spared.
    package var isFollowed = true
    /// The command and its arguments; never empty.
    package var command: [String]

    package init(
        identity: Identity, mounts: [MountPlan], ownership: OwnershipPlan, session: SessionPlan = SessionPlan(),
        command: [String]
    ) {
        self.identity = identity
        self.mounts = mounts
        self.ownership = ownership
        self.session = session
        self.command = command
    }

    package var home: MountPlan? { mounts.first { $0.kind == .home } }
}

/// One directory that the session will see.
package struct MountPlan: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Read-write.
        case home
        /// Read-only, whatever the account may do outside.
        case shared
    }

    package var kind: Kind
    /// Absolute, without `.` and doubled slashes. Links in it have not been followed yet.
    package var source: String
    /// Absolute, without `.`, `..` and doubled slashes.
    package var target: String
    /// A home's choice; nobody can write to a shared directory, so its locks are local.
    package var locks: HomeLocks

    package init(kind: Kind, source: String, target: String, locks: HomeLocks = .local) {
        self.kind = kind
        self.source = source
        self.target = target
        self.locks = locks
    }
}

/// When the owner worker walks the home.
package enum OwnershipMode: String, Hashable, Sendable, CaseIterable {
    /// Only where the home's own directory does not belong to the account.
    case onRootMismatch = "on-root-mismatch"
    case always
    /// Walk, change nothing, and refuse to start the session where anything is wrong.
    case check
    case off
}

/// Where the power to change owners comes from.
package enum OwnerPower: Hashable, Sendable {
    /// CAP_CHOWN and CAP_DAC_OVERRIDE of whoever started berth.
    case callersCapabilities
    /// A helper namespace that maps the account and its ranges of subuid(5) and subgid(5), written by newuidmap(1).
    case subordinateRanges(users: SubordinateRange, groups: SubordinateRange)
    /// None: what is wrong can only be reported.
    case none
}

/// One line of subuid(5) or subgid(5).
package struct SubordinateRange: Hashable, Sendable {
    package var first: UInt32
    package var count: UInt32

    package init(first: UInt32, count: UInt32) {
        self.first = first
        self.count = count
    }
}

package struct OwnershipPlan: Hashable, Sendable {
    package var mode: OwnershipMode
    package var power: OwnerPower

    package init(mode: OwnershipMode, power: OwnerPower) {
        self.mode = mode
        self.power = power
    }
}
