import Fuse

/// The files that have lost the name they were known by, have others, and are kept by a descriptor until one of those is
/// looked up: only so many, and the one that has been kept longest is given up for another. Who has it open by O_PATH alone
/// loses it then; for everybody else the kernel looks its other name up.
struct SparePins: ~Copyable {
    /// A ring; 0 where nothing is.
    private let nodes: UnsafeMutableBufferPointer<NodeNumber>
    private var next = 0

    init(capacity: Int) {
        nodes = .allocate(capacity: capacity)
        nodes.initialize(repeating: 0)
    }

    deinit { nodes.deallocate() }

    /// Takes a file in; answers the one to be given up, which may have been forgotten since, or 0.
    mutating func add(_ node: NodeNumber) -> NodeNumber {
        defer {
            nodes[next] = node
            next = next + 1 < nodes.count ? next + 1 : 0
        }
        return nodes[next]
    }
}
