/// How nanoseconds are put into buckets: one for each number below 32, then 32 for each power of two, so that a bucket is
/// never wider than a thirty-second of what is in it.
enum LatencyBuckets {
    private static let bits = 5
    private static let perPower = 1 << bits
    /// Eighteen minutes; what takes longer is in the last bucket.
    private static let longest: UInt64 = (1 << 40) - 1

    static let count = index(of: longest) + 1

    static func index(of nanoseconds: UInt64) -> Int {
        let value = min(nanoseconds, longest)
        if value < perPower { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return shift * perPower + Int(value >> UInt64(shift))
    }

    /// The longest time that is put into a bucket.
    static func bound(_ index: Int) -> UInt64 {
        if index < perPower { return UInt64(index) }
        let shift = index / perPower - 1
        return (UInt64(index - shift * perPower + 1) << UInt64(shift)) - 1
    }
}

/// How often each bucket was met.
struct LatencyHistogram {
    private var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
    private(set) var total: UInt64 = 0
    private(set) var maximum: UInt64 = 0

    /// Adds a bucket's count.
    mutating func add(_ count: UInt64, in bucket: Int) {
        counts[bucket] += count
        total += count
    }

    mutating func add(maximum other: UInt64) { maximum = max(maximum, other) }

    mutating func add(_ other: LatencyHistogram) {
        for bucket in counts.indices where other.counts[bucket] > 0 { add(other.counts[bucket], in: bucket) }
        add(maximum: other.maximum)
    }

    /// What so many of a hundred did not take longer than: the upper bound of the bucket, never more than the maximum.
    func percentile(_ hundredths: UInt64) -> UInt64 {
        let rank = max(1, (total * hundredths + 99) / 100)
        var seen: UInt64 = 0
        for bucket in counts.indices {
            seen += counts[bucket]
            if seen >= rank { return min(LatencyBuckets.bound(bucket), maximum) }
        }
        return maximum
    }
}
