import Linux

/// Whether a walk puts right what it finds wrong.
package enum WalkMode: Sendable {
    case change
    /// Changes nothing; says what would be changed, and counts entries by their present owner.
    case check
}

/// What becomes of files with several links.
package enum HardLinkPolicy: Sendable {
    /// They are changed when all their links lie within the tree, else refused.
    case refuse
    /// They are changed like any other file, whoever else has links to them.
    case change
}

/// How a walk goes about it.
package struct WalkOptions: Sendable {
    package var mode = WalkMode.change
    /// nil: as many as there are processors, and up to `mostThreads` where they are seen to wait for the disk or the network.
    package var threads: Int?
    package var hardLinks = HardLinkPolicy.refuse
    /// When the walk ends in good order though it has not seen everything.
    package var deadline: ContinuousClock.Instant?
    /// Where each change is written before it is made. One record serves one walk at a time.
    package var record: ChangeRecord?
    /// Shows how far the walk is, and stops it.
    package var progress: WalkProgress?
    /// How it opens what it finds.
    package var calls = TreeCalls()
    /// Called for every finding, from any of the walk's threads; the report lists only the first ones.
    package var onFinding: (@Sendable (Finding) -> Void)?

    package static let mostThreads = 64

    package init() {}
}
