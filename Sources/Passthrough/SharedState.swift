import Fuse
import Glibc
import Linux
import Synchronization

/// What all threads of a file server share: the nodes and the cached descriptors, under one lock that is held for memory
/// operations only, never across a system call that can wait (close and dup are made under it).
final class SharedState: @unchecked Sendable {
    // Sendable: `nodes` and `cache` are touched under `mutex` alone.
    private let mutex = Mutex()
    private var nodes: NodeTable
    private var cache: DescriptorCache
    private let noted = Atomic<Int>(0)

    init(root: FileKey, cachedDescriptors: Int) throws(SystemError) {
        nodes = try NodeTable(root: root, sparePins: cachedDescriptors)
        cache = DescriptorCache(capacity: cachedDescriptors)
    }

    func locked<Value, Failure: Error>(
        _ body: (inout NodeTable, inout DescriptorCache) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try mutex.locked { () throws(Failure) in try body(&nodes, &cache) }
    }

    /// Counts what is noted of names that are taken away or moved: what was looked at before may be no longer so.
    var changes: Int { noted.load(ordering: .acquiring) }

    /// Within `locked`.
    func noteChange() { noted.add(1, ordering: .releasing) }

    /// A node as it is now, by the kernel's number.
    func node(_ number: NodeNumber) throws(Errno) -> NodeSnapshot {
        let (index, node, pin) = try locked { (nodes, cache) throws(Errno) in
            let index = try nodes.index(of: number)
            return (index, nodes[index], try duplicatePin(of: index, nodes, &cache))
        }
        return NodeSnapshot(index: index, node: node, pin: pin.map(Descriptor.init(owning:)))
    }
}

/// A node as it was under the lock, with a descriptor of its own for one that is kept by a descriptor: the node's may be
/// closed by the next lookup of another of its names, and its number be another file's at once.
struct NodeSnapshot: ~Copyable {
    let index: UInt32
    let node: Node
    let pin: Descriptor?

    /// The descriptor, for the caller to close; nil where there is none.
    consuming func takePin() -> FileReference? {
        switch consume pin {
        case .some(let pin): FileReference(pin.release())
        case nil: nil
        }
    }
}

/// Closes every descriptor that the cache can spare: there are none left for anything else.
func giveUpUnused(_ nodes: borrowing NodeTable, _ cache: inout DescriptorCache) {
    for index in cache.dropUnused() { nodes[index].slot = 0 }
}

/// A copy of the descriptor that keeps a node, to be made under the lock and used outside of it; nil where it has none.
func duplicatePin(
    of index: UInt32, _ nodes: borrowing NodeTable, _ cache: inout DescriptorCache
) throws(Errno) -> Int32? {
    let pin = nodes[index].pin
    if pin < 0 { return nil }
    do { return try errnoCall { fcntl(pin, F_DUPFD_CLOEXEC, 0) } } catch {
        guard error == Errno(EMFILE) else { throw error }
        giveUpUnused(nodes, &cache)
        return try errnoCall { fcntl(pin, F_DUPFD_CLOEXEC, 0) }
    }
}
