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

extension StarterIDs {
    /// Refuses a program that acts as somebody other than its caller: everything here is decided as for the caller.
    package func refuseSetID() throws(Refusal) {
        if realUser == effectiveUser, realGroup == effectiveGroup { return }
        throw Refusal(
            "berth must not be installed setuid or setgid",
            hint: "the caller is \(realUser):\(realGroup), but the process acts as \(effectiveUser):\(effectiveGroup)")
    }
}
