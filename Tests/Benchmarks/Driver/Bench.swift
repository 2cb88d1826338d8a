import Glibc

/// What every workload works with.
struct Bench {
    let scratch: Scratch
    let sizes: Sizes
    let mode: Mode
    /// This program, where the session's account can execute it.
    let clientProgram: String
}

/// How much work there is.
struct Sizes: Codable {
    /// Small files, in twenty directories.
    var files: Int
    /// Files of the tree that is packed, searched and removed.
    var treeFiles: Int
    /// The one file that is read and written in blocks of 1 MiB.
    var sequentialMegabytes: Int
    /// Each of the four files that are read and written in blocks of 4 KiB.
    var randomMegabytes: Int
    /// Blocks of 4 KiB with an fsync after each.
    var synchronizedWrites: Int

    static func usual(files: Int) -> Sizes {
        Sizes(
            files: files, treeFiles: files / 2, sequentialMegabytes: 512, randomMegabytes: 64, synchronizedWrites: 8000)
    }
    /// How many files passthrough_ll can know: it holds a descriptor for each.
    static var mostFiles: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_max) - 1000
    }

    /// For a look whether everything runs.
    static let quick = Sizes(
        files: 2000, treeFiles: 1000, sequentialMegabytes: 64, randomMegabytes: 8, synchronizedWrites: 500)

    var directories: Int { 20 }
    var filesEach: Int { files / directories }
    /// What is left after the division into directories.
    var wholeFiles: Int { directories * filesEach }
}

/// On which processors client and server run.
enum Mode: Hashable {
    /// Both on one, before everybody else there: no figure then depends on what waking another processor costs.
    case pinned(processor: Int)
    case unpinned

    var prefix: [String] {
        switch self {
        case .pinned(let processor): ["taskset", "--cpu-list", "\(processor)", "nice", "--adjustment=-15"]
        case .unpinned: []
        }
    }

    var name: String {
        switch self {
        case .pinned: "pinned"
        case .unpinned: "unpinned"
        }
    }
}
