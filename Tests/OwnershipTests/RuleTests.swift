import Testing

@testable import Ownership

@Suite struct RuleTests {
    private let goal = OwnershipGoal(user: 1001, group: 1001, acceptedGroups: [50])

    @Test(arguments: [(1001, 1001, true), (1001, 50, true), (1001, 0, false), (0, 1001, false), (0, 50, false)])
    func anyGroupOfTheAccountIsRight(user: UInt32, group: UInt32, right: Bool) {
        let owner = Owner(user: user, group: group)
        #expect(goal.isMet(by: owner) == right)
        #expect((OwnerRule.give(goal, from: nil).change(of: owner) == nil) == right)
    }

    @Test(
        arguments: [
            (0, 0, nil, true), (0, 7, nil, true), (5, 0, nil, false), (1001, 0, nil, false), (0, 7, 7, true),
            (0, 8, 7, false),
        ] as [(UInt32, UInt32, UInt32?, Bool)])
    func aPatternLeavesOthersAlone(user: UInt32, group: UInt32, wanted: UInt32?, changes: Bool) {
        let rule = OwnerRule.give(goal, from: OwnerPattern(user: 0, group: wanted))
        let expected = changes ? Owner(user: 1001, group: 1001) : nil
        #expect(rule.change(of: Owner(user: user, group: group)) == expected)
    }

    @Test(
        arguments: [
            (100_000, 100_000, 200_000, 300_000), (165_535, 5, 265_535, 5), (165_536, 100_009, 165_536, 300_009),
            (0, 7, 1000, 7),
        ] as [(UInt32, UInt32, UInt32, UInt32)])
    func idsAreTranslatedInRanges(user: UInt32, group: UInt32, newUser: UInt32, newGroup: UInt32) throws {
        let rule = OwnerRule.translate(
            try IDTranslation(
                users: [range(100_000, 200_000, 65536), range(0, 1000, 1)], groups: [range(100_000, 300_000, 10)]))
        #expect(rule.change(of: Owner(user: user, group: group)) == Owner(user: newUser, group: newGroup))
    }

    @Test func whatNoRangeHoldsIsRight() throws {
        let rule = OwnerRule.translate(try IDTranslation(users: [range(1, 11, 10)], groups: []))
        for user in [0, 11, 20, 21, UInt32.max - 1] { #expect(rule.change(of: Owner(user: user, group: 1)) == nil) }
    }

    @Test(arguments: [
        (0, 0, 0), (1, 0, UInt32.max), (UInt32.max - 1, 0, 2), (0, UInt32.max, 1), (1, UInt32.max - 1, 2),
    ])
    func aRangeHoldsIDsOnly(from: UInt32, to: UInt32, count: UInt32) {
        #expect(IDRange(from: from, to: to, count: count) == nil)
    }

    /// A second run could not tell what the first one has done.
    @Test(arguments: [[(0, 5, 10)], [(0, 100, 10), (100, 200, 10)], [(0, 100, 10), (9, 200, 1)], [(3, 3, 1)]])
    func overlappingRangesAreRefused(ranges: [(UInt32, UInt32, UInt32)]) {
        let ranges = ranges.map { range($0.0, $0.1, $0.2) }
        #expect(throws: IDRangesOverlap.self) { try IDTranslation(users: ranges, groups: []) }
        #expect(throws: IDRangesOverlap.self) { try IDTranslation(users: [], groups: ranges) }
    }

    private func range(_ from: UInt32, _ to: UInt32, _ count: UInt32) -> IDRange {
        IDRange(from: from, to: to, count: count)!
    }
}
