import CRawCalls
import Glibc

/// The random choices of one thread. What it chooses depends on its seed and on which slots are in use, on nothing else.
struct Choice {
    var random: SplitMix64
    let avoided: Set<Difference>
    var open: [Int] = []
    var directories: [Int] = []

    init(_ arguments: Arguments, stream: Int) {
        random = SplitMix64(seed: arguments.seed, stream: stream)
        avoided = arguments.avoided
    }

    /// Remembers what is open; both sides have the same.
    mutating func look(at side: Side) {
        open = side.open
        directories = side.directories.sorted()
    }

    mutating func operation() -> Operation {
        var number = random.below(totalWeight)
        for entry in operationTable {
            if number < entry.weight { return entry.choose(&self) }
            number -= entry.weight
        }
        fatalError("the weights do not add up")
    }

    /// A place whose last name is meant for a directory, or for anything else. Now and then the other way round.
    mutating func place(directory: Bool = false) -> Place {
        let depth = random.below(8)
        var names = (0..<(depth < 4 ? 0 : depth < 6 ? 1 : depth - 4)).map { _ in directoryName() }
        let last = random.chance(8) ? !directory : directory
        names.append(last ? directoryName() : random.one(of: fileNames))
        let below = !directories.isEmpty && random.chance(15)
        return Place(slot: below ? random.one(of: directories) : nil, path: names.joined(separator: "/"))
    }

    /// A place of either kind, for what works with both.
    mutating func anyPlace() -> Place { place(directory: random.chance(30)) }

    /// A slot, nearly always one in use.
    mutating func slot() -> Int {
        open.isEmpty || random.chance(2) ? random.below(Side.slotCount) : random.one(of: open)
    }

    mutating func payload() -> Payload {
        Payload(seed: random.next(), count: random.chance(20) ? random.below(40_000) : random.below(3_000))
    }

    /// Where in a file: near the start, anywhere, or at a page's edge.
    mutating func offset() -> Int {
        switch random.below(4) {
        case 0: random.below(200)
        case 1: random.below(12) * 4096
        case 2: random.below(120_000)
        default: random.below(9_000)
        }
    }

    mutating func length() -> Int { random.chance(20) ? random.below(80_000) : random.below(6_000) }

    private mutating func directoryName() -> String { random.one(of: directoryNames) }
}

private let fileNames = ["a", "b", "c", "e", "f", "a-name-of-more-than-sixteen-bytes", "ü", "sp ace"]
private let directoryNames = ["d1", "d2", "d3", "d4"]

/// Bytes that need not be kept: they follow from a seed.
struct Payload: CustomStringConvertible {
    let seed: UInt64
    let count: Int

    var description: String { "\(count) bytes" }

    var bytes: [UInt8] {
        var random = SplitMix64(seed: seed)
        return [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            for start in stride(from: 0, to: count, by: 8) {
                var bytes = random.next()
                memcpy(room.baseAddress! + start, &bytes, min(8, count - start))
            }
            filled = count
        }
    }
}
