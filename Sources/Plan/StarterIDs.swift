/// The ids that berth was started with, credentials(7).
package struct StarterIDs: Hashable, Sendable {
    package var realUser: UInt32
    package var effectiveUser: UInt32
    package var realGroup: UInt32
    package var effectiveGroup: UInt32
    package var supplementaryGroups: [UInt32]

    package init(
        realUser: UInt32, effectiveUser: UInt32, realGroup: UInt32, effectiveGroup: UInt32,
        supplementaryGroups: [UInt32]
    ) {
        self.realUser = realUser
        self.effectiveUser = effectiveUser
        self.realGroup = realGroup
        self.effectiveGroup = effectiveGroup
        self.supplementaryGroups = supplementaryGroups
    }
}
