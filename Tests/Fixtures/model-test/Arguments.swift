import Glibc

let usage = """
    usage: model-test NATIVE MOUNT [--source DIRECTORY] [--seed N] [--rounds R] [--operations K] [--threads T]
                      [--avoid DIFFERENCE,…] [--only THREAD] [--shrink]
    NATIVE and MOUNT: existing directories, on the same kind of file system beneath. Each thread works in a directory of
    its own in both, and every answer and then both trees are compared.
    --source: what MOUNT shows; then all threads also work in one directory of MOUNT, and what it and the source show is
    compared after each round.
    --avoid: \(Difference.allCases.map(\.rawValue).joined(separator: ", ")).
    --only: one thread's sequence alone. --shrink: leaves out what a difference does not need.
    """

/// What the command line asks for.
struct Arguments {
    var native = ""
    var mount = ""
    var source: String?
    var seed = UInt64(truncatingIfNeeded: time(nil)) &* 1_000_003 ^ UInt64(getpid())
    var rounds = 4
    var operations = 1000
    var threads = 4
    var avoided: Set<Difference> = []
    var only: Int?
    var shrink = false

    init(_ words: [String]) throws {
        var places: [String] = []
        var words = words[...]
        while let word = words.popFirst() {
            switch word {
            case "--source": source = try value(of: word, &words)
            case "--seed": seed = try number(word, &words)
            case "--rounds": rounds = try number(word, &words)
            case "--operations": operations = try number(word, &words)
            case "--threads": threads = try number(word, &words)
            case "--avoid": avoided.formUnion(try differences(value(of: word, &words)))
            case "--only": only = try number(word, &words)
            case "--shrink": shrink = true
            case let option where option.hasPrefix("-"): throw Failure("unknown option \(option)\n\(usage)")
            default: places.append(word)
            }
        }
        guard places.count == 2 else { throw Failure(usage) }
        (native, mount) = (places[0], places[1])
    }

    /// What it takes to do the same again.
    var words: String {
        let avoid = avoided.isEmpty ? "" : " --avoid " + avoided.map(\.rawValue).sorted().joined(separator: ",")
        return "--seed \(seed) --rounds \(rounds) --operations \(operations) --threads \(threads)" + avoid
    }

    var umask: mode_t {
        var random = SplitMix64(seed: seed, stream: -1)
        return random.one(of: [0o022, 0o022, 0o077, 0o027, 0o002, 0])
    }

    /// The threads that run.
    var numbers: [Int] { only.map { [$0] } ?? Array(0..<threads) }
}
