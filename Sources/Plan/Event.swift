/// What a run tells while it goes on, in this order: `planned`, a `stage` for each stage (before `owned`, `owning` and
/// `progress`), `proof`, `sessionStarted`, `sessionEnded`.
package enum Event: Sendable {
    case planned(RunPlan)
    /// A stage is complete; the facts are what was read back from the kernel after it, not what was asked for.
    case stage(StageName, facts: [Fact])
    /// The owner worker begins to walk the home.
    case owning(OwnershipWalk)
    /// How far it is, now and then.
    case progress(OwnershipProgress)
    /// What the process that became the command was at the last moment before, read back from the kernel by itself.
    case proof(process: Int32, facts: [Fact])
    /// The process number of the command, outside.
    case sessionStarted(process: Int32)
    /// The exit status that berth will pass on, and the signal that ended the command, if one did.
    case sessionEnded(status: Int32, signal: Int32?)
    /// Something the user should know that does not end the run.
    case warning(String)
}

/// Why the home is walked, and what for.
package struct OwnershipWalk: Hashable, Sendable {
    package var home: String
    package var mode: OwnershipMode
    /// Whom the home's own directory belongs to.
    package var user: UInt32
    package var group: UInt32
    package var account: Account

    package init(home: String, mode: OwnershipMode, user: UInt32, group: UInt32, account: Account) {
        self.home = home
        self.mode = mode
        self.user = user
        self.group = group
        self.account = account
    }
}

/// How far a walk that changes owners is.
package struct OwnershipProgress: Hashable, Sendable {
    package var entries: UInt64
    package var changed: UInt64
    package var refused: UInt64
    package var threads: Int
    /// The path of a directory that it is in; any bytes but NUL.
    package var directory: [UInt8]?

    package init(entries: UInt64, changed: UInt64, refused: UInt64, threads: Int, directory: [UInt8]?) {
        self.entries = entries
        self.changed = changed
        self.refused = refused
        self.threads = threads
        self.directory = directory
    }
}

package enum StageName: String, Sendable {
    case started, mapped, mounted, owned, dropped
}

/// One thing that was read back, such as `uid_map` = `0 1001 1`.
package struct Fact: Hashable, Sendable {
    /// Snake case, as the kernel's own name for it where there is one.
    package var name: String
    package var value: FactValue

    package init(_ name: String, _ value: FactValue) {
        self.name = name
        self.value = value
    }
}

package indirect enum FactValue: Hashable, Sendable {
    case text(String)
    case number(Int64)
    /// A number with three decimals.
    case thousandths(UInt64)
    case flag(Bool)
    case list([FactValue])
    case record([Fact])
}
