/// `count` ids from `from` on become those from `to` on.
package struct IDRange: Hashable, Sendable {
    package let from: UInt32
    package let to: UInt32
    package let count: UInt32

    /// nil where the range is empty, or reaches 4294967295, which is no id.
    package init?(from: UInt32, to: UInt32, count: UInt32) {
        guard count > 0, UInt64(from) + UInt64(count) <= UInt64(UInt32.max),
            UInt64(to) + UInt64(count) <= UInt64(UInt32.max)
        else { return nil }
        self.from = from
        self.to = to
        self.count = count
    }

    /// Where this id goes; nil where the range does not hold it.
    func translated(_ id: UInt32) -> UInt32? { id >= from && id - from < count ? to + (id - from) : nil }
}

/// Ranges of ids and where they go.
///
/// No range may lie where another one, or itself, goes: a walk that was interrupted and run again could not tell an id
/// that has been translated from one that has not.
package struct IDTranslation: Hashable, Sendable {
    package let users: [IDRange]
    package let groups: [IDRange]

    /// Every id stays what it is.
    static let none = IDTranslation()

    private init() { (users, groups) = ([], []) }

    package init(users: [IDRange], groups: [IDRange]) throws(IDRangesOverlap) {
        for ranges in [users, groups] { try refuseOverlaps(ranges) }
        self.users = users
        self.groups = groups
    }
}

/// Two ranges of a translation have ids in common.
package struct IDRangesOverlap: Error, Hashable, Sendable {
    package let first: IDRange
    package let second: IDRange
}

private func refuseOverlaps(_ ranges: [IDRange]) throws(IDRangesOverlap) {
    for (index, first) in ranges.enumerated() {
        for (other, second) in ranges.enumerated() {
            let sources = index != other && overlap(first.from, first.count, second.from, second.count)
            if sources || overlap(first.from, first.count, second.to, second.count) {
                throw IDRangesOverlap(first: first, second: second)
            }
        }
    }
}

private func overlap(_ one: UInt32, _ count: UInt32, _ other: UInt32, _ otherCount: UInt32) -> Bool {
    UInt64(one) < UInt64(other) + UInt64(otherCount) && UInt64(other) < UInt64(one) + UInt64(count)
}
