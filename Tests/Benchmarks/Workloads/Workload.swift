/// One line of the table.
struct Row: Hashable, Sendable {
    let title: String
    /// Throughput as a share of the source's own that a home is to have.
    var home: Double?
    var shared: Double?

    init(_ title: String, home: Double? = nil, shared: Double? = nil) {
        self.title = title
        self.home = home
        self.shared = shared
    }
}

/// Work that every contestant does in turn.
protocol Workload: Sendable {
    /// For `--only`.
    var name: String { get }
    var rows: [Row] { get }
    /// Contestants that are read-only have no part in it then.
    var writes: Bool { get }
    /// More than one thread on one processor tells nothing.
    var onlyUnpinned: Bool { get }
    /// Done with the blocks of fio.
    var isBlocks: Bool { get }
    /// One visit or more: units of work in a second for each row, in order. Throws where an answer is wrong.
    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double]
}

extension Workload {
    var onlyUnpinned: Bool { false }
    var isBlocks: Bool { false }

    func isFor(_ contestant: Contestant) -> Bool {
        !(writes && contestant.part == .shared) && (isBlocks && writes || !contestant.onlyBlocks)
    }
    func isFor(_ mode: Mode) -> Bool { mode == .unpinned || !onlyUnpinned }
}

/// In the order of the table.
let allWorkloads: [any Workload] = blockWorkloads + smallFileWorkloads + treeWorkloads

func expectEqual<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) throws {
    if found != expected { throw Trouble("wrong answer: \(what): \(found), not \(expected)") }
}
