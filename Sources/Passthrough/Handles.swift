import Fuse
import Glibc
import Linux
import Synchronization

/// Which of this process's descriptors are open files of the kernel's, and of which nodes: only those can be named by a
/// handle. The device, the source and whatever else is open are out of reach, whatever number a request names.
struct Handles: ~Copyable, Sendable {
    /// The number of a node for each descriptor this process may have; 0 where that is no handle.
    private let region: Region
    private let capacity: Int
    /// One past the highest descriptor that ever was a handle.
    private let end = Atomic<Int>(0)

    /// For descriptors below `limit`, RLIMIT_NOFILE. Memory that is not needed is not taken.
    init(limit: Int) throws(SystemError) {
        let stride = MemoryLayout<Atomic<NodeNumber>>.stride
        let region = try Region(reserving: min(limit, 1 << 24) * stride, atLeast: stride)
        capacity = region.size / stride
        self.region = region
    }

    /// The handle of a descriptor, which stays open until `takeBack` has answered it. Closes it on failure.
    func give(_ descriptor: Int32, of node: NodeNumber) throws(Errno) -> UInt64 {
        guard let owner = owner(UInt64(descriptor)) else {
            close(descriptor)
            throw Errno(EMFILE)
        }
        owner.pointee.store(node, ordering: .releasing)
        end.max(Int(descriptor) + 1, ordering: .releasing)
        return UInt64(descriptor)
    }

    /// The file behind a handle; EBADF where it was not given out, was taken back, or belongs to another node than `node`.
    func find(_ file: OpenFileState, of node: NodeNumber? = nil) throws(Errno) -> FileReference {
        guard let owner = owner(file.fh)?.pointee.load(ordering: .acquiring), owner != 0, owner == node ?? owner else {
            throw Errno(EBADF)
        }
        return FileReference(Int32(file.fh))
    }

    /// A handle of the node, whichever: for a file that is open, and can no longer be reached by its name.
    func anyFile(of node: NodeNumber) -> FileReference? {
        for number in 0..<UInt64(end.load(ordering: .acquiring))
        where owner(number)?.pointee.load(ordering: .acquiring) == node { return FileReference(Int32(number)) }
        return nil
    }

    /// Takes a handle back, once only: the descriptor, for the caller to close, and its node.
    func takeBack(_ handle: UInt64) -> (descriptor: Int32, node: NodeNumber)? {
        guard let node = owner(handle)?.pointee.exchange(0, ordering: .acquiringAndReleasing), node != 0 else {
            return nil
        }
        return (Int32(handle), node)
    }

    private func owner(_ handle: UInt64) -> UnsafeMutablePointer<Atomic<NodeNumber>>? {
        guard handle < UInt64(capacity) else { return nil }
        return region.base.assumingMemoryBound(to: Atomic<NodeNumber>.self) + Int(handle)
    }
}
