import Fuse
import Linux

/// What all threads of a file server share: the nodes and the cached descriptors, under one lock that is held for memory
/// operations only, never across a system call (but close).
final class SharedState: @unchecked Sendable {
    // Sendable: `nodes` and `cache` are touched under `mutex` alone.
    private let mutex = Mutex()
    private var nodes: NodeTable
    private var cache: DescriptorCache

    init(root: FileKey, cachedDescriptors: Int) throws(SystemError) {
        nodes = try NodeTable(root: root)
        cache = DescriptorCache(capacity: cachedDescriptors)
    }

    func locked<Value, Failure: Error>(
        _ body: (inout NodeTable, inout DescriptorCache) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try mutex.locked { () throws(Failure) in try body(&nodes, &cache) }
    }

    /// A node as it is now, by the kernel's number.
    func node(_ number: NodeNumber) throws(Errno) -> (index: UInt32, Node) {
        try locked { (nodes, _) throws(Errno) in
            let index = try nodes.index(of: number)
            return (index, nodes[index])
        }
    }
}
