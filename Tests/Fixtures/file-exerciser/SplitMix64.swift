/// The generator of Steele, Lea and Flood (2014): the same sequence for the same seed, on every machine and for ever.
struct SplitMix64 {
    private var state: UInt64

    /// Each stream of a seed is a sequence of its own.
    init(seed: UInt64, stream: Int = 0) {
        state = seed
        for _ in 0..<2 { state = next() ^ (UInt64(truncatingIfNeeded: stream) &* 0xd134_2543_de82_ef95) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `limit`.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
