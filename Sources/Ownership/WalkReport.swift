import Linux

/// Why a walk ended.
package enum WalkEnding: UInt8, Hashable, Sendable {
    /// Everything was seen.
    case complete
    case deadline
    case cancelled
    /// The same would have been refused for every entry: a read-only mount, root_squash, an id that the namespace does not map.
    case hopeless
    /// The change record could not be written.
    case recordFailed
}

/// Entries of one owner, and how many of them would be changed.
package struct OwnerCount: Hashable, Sendable {
    package var entries: UInt64 = 0
    package var wrong: UInt64 = 0
}

/// What a walk found and did, in numbers of entries.
package struct WalkReport: Hashable, Sendable {
    package var entries: UInt64 = 0
    package var right: UInt64 = 0
    /// Of owners that the rule does not ask for.
    package var unselected: UInt64 = 0
    package var changed: UInt64 = 0
    /// Found wrong, and left so because the walk only checks.
    package var wrong: UInt64 = 0
    /// Found wrong, and could not be changed.
    package var refused: UInt64 = 0
    /// Found wrong, and left so because the walk ended before it could change them.
    package var left: UInt64 = 0
    /// In restoring: not as the record says that the walk left them.
    package var different: UInt64 = 0
    /// Gone before they could be looked at.
    package var vanished: UInt64 = 0
    /// Mount points within the tree, which a walk does not cross.
    package var otherMounts: UInt64 = 0
    /// Files whose set-id bits the kernel took away with the change of owner, and files that kept theirs.
    package var setIDCleared: UInt64 = 0
    package var setIDKept: UInt64 = 0
    /// The same of file capabilities, of files that somebody may execute.
    package var capabilitiesCleared: UInt64 = 0
    package var capabilitiesKept: UInt64 = 0
    /// Files that somebody may execute, and whose capabilities could not be seen, since /proc is not mounted.
    package var capabilitiesUnseen: UInt64 = 0
    /// How many of the refused, or of those that would be, for each reason; by `RefusalKind.rawValue`.
    private var refusals = [UInt64](repeating: 0, count: RefusalKind.allCases.count)
    /// By present owner; only where the walk only checks.
    package var owners: [Owner: OwnerCount] = [:]
    package var ending = WalkEnding.complete
    /// Why the record could not be written, where the walk ended for that.
    package var failure: String?
    /// The first of those that are wrong or were refused: path, and why.
    package var listed: [String] = []
    /// The first of those whose set-id bits or capabilities were cleared, or kept.
    package var noticed: [String] = []

    /// How many are listed.
    package static let listLimit = 20

    package init() {}

    package func refused(_ kind: RefusalKind) -> UInt64 { refusals[Int(kind.rawValue)] }

    mutating func countRefusal(_ kind: RefusalKind, _ entries: UInt64 = 1) { refusals[Int(kind.rawValue)] += entries }

    func hasRoom(for kind: Finding.Kind) -> Bool {
        switch kind {
        case .wrong, .refused, .different: listed.count < Self.listLimit
        case .setIDCleared, .setIDKept, .capabilitiesCleared, .capabilitiesKept: noticed.count < Self.listLimit
        }
    }

    mutating func list(_ finding: Finding) {
        guard hasRoom(for: finding.kind) else { return }
        switch finding.kind {
        case .wrong, .refused, .different: listed.append(finding.description)
        case .setIDCleared, .setIDKept, .capabilitiesCleared, .capabilitiesKept: noticed.append(finding.description)
        }
    }

    mutating func add(_ other: WalkReport) {
        for field in Self.counts { self[keyPath: field] += other[keyPath: field] }
        for index in refusals.indices { refusals[index] += other.refusals[index] }
        for (owner, count) in other.owners {
            owners[owner, default: OwnerCount()].entries += count.entries
            owners[owner]!.wrong += count.wrong
        }
        listed += other.listed.prefix(Self.listLimit - listed.count)
        noticed += other.noticed.prefix(Self.listLimit - noticed.count)
    }

    /// All counts in one order, for sending.
    var numbersOfEntries: [UInt64] {
        get { Self.counts.map { self[keyPath: $0] } + refusals }
        set {
            for (field, number) in zip(Self.counts, newValue) { self[keyPath: field] = number }
            refusals = Array(newValue.suffix(refusals.count))
        }
    }

    private static var counts: [WritableKeyPath<WalkReport, UInt64>] {
        [
            \.entries, \.right, \.unselected, \.changed, \.wrong, \.refused, \.left, \.different, \.vanished,
            \.otherMounts,
            \.setIDCleared, \.setIDKept, \.capabilitiesCleared, \.capabilitiesKept, \.capabilitiesUnseen,
        ]
    }
}
