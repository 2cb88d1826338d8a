import Fuse
import Glibc
import Linux
import Synchronization

/// Who holds a record lock, and of which file: one process for the kernel of the mount, or one open file description.
struct LockOwner: Hashable, Sendable {
    var node: NodeNumber
    /// FUSE's lock_owner.
    var number: UInt64
}

/// Somebody of the same mount whose lock may be in the way, and perhaps not for long.
struct LockRival: Sendable {
    var process: pid_t
    /// When a descriptor of its open file was last closed, in milliseconds.
    var closed: Int?

    /// The kernel does not wait for an answer when it tells of the last close of a file, which it announces as any close, nor
    /// of the closes of a process that has ended.
    var isLeaving: Bool {
        if let closed, monotonicMilliseconds() - closed < 100 { return true }
        return !processExists(process)
    }
}

/// An open file description of the source that holds the locks of one owner, and no other's.
private struct LockHolding {
    var descriptor: Int32
    /// The handle whose own description it is, where the source lets nobody open the file once more.
    var lent: UInt64?
    /// The handles by which locks were asked for: the last one's end is the owner's.
    var handles: Set<UInt64>
    /// Who asked last, and by which handle something was closed last.
    var rival: LockRival
    /// How many requests are at work with it: it is not closed before they are done.
    var users = 0
    var isOver = false
}

/// The locks that are held on the source for the mount's callers.
final class LockTable: @unchecked Sendable {
    // Sendable: everything that changes is touched under `mutex` alone, which is never held across a call upon the source.
    private let mutex = Mutex()
    private var holdings: [NodeNumber: [UInt64: LockHolding]] = [:]
    /// Who has locked whole files, by handle.
    private var lockers: [NodeNumber: [UInt64: LockRival]] = [:]

    /// How many handles are being closed, or have been, and how many have been.
    private let closingsBegun = Atomic<Int>(0)
    private let closingsEnded = Atomic<Int>(0)

    /// The description of an owner, which stays open until `finish`; nil where there is none.
    func use(_ owner: LockOwner) -> FileReference? {
        mutex.locked {
            guard let descriptor = holdings[owner.node]?[owner.number]?.descriptor else { return nil }
            holdings[owner.node]![owner.number]!.users += 1
            return FileReference(descriptor)
        }
    }

    /// Makes a description an owner's, in use; where another request was quicker, that one's is used.
    func add(_ descriptor: consuming Descriptor, of owner: LockOwner, lent: UInt64? = nil) -> FileReference {
        let number = descriptor.release()
        let used = mutex.locked {
            let fresh = LockHolding(descriptor: number, lent: lent, handles: [], rival: LockRival(process: 0))
            holdings[owner.node, default: [:]][owner.number, default: fresh].users += 1
            return holdings[owner.node]![owner.number]!.descriptor
        }
        if used != number { close(number) }
        return FileReference(used)
    }

    /// True where a handle's own description holds somebody's locks.
    func isLent(_ handle: UInt64, of node: NodeNumber) -> Bool {
        mutex.locked { holdings[node]?.values.contains { $0.lent == handle } ?? false }
    }

    /// Notes who asks, and by which handle.
    func note(_ owner: LockOwner, _ handle: UInt64, process: pid_t) {
        mutex.locked {
            holdings[owner.node]?[owner.number]?.handles.insert(handle)
            holdings[owner.node]?[owner.number]?.rival.process = process
        }
    }

    /// A request is done with an owner's description; with `ending`, the owner holds no lock any more.
    func finish(_ owner: LockOwner, ending: Bool = false) {
        let spare = mutex.locked { () -> Int32? in
            guard var holding = holdings[owner.node]?[owner.number] else { return nil }
            holding.users -= 1
            let ends = holding.users == 0 && (ending || holding.isOver)
            holdings[owner.node]![owner.number] = ends ? nil : holding
            if holdings[owner.node]!.isEmpty { holdings[owner.node] = nil }
            return ends ? holding.descriptor : nil
        }
        if let spare { close(spare) }
    }

    /// Closes a handle by `body`, and before it the descriptions that nobody has another handle for: after it, the next handle
    /// may have the same number.
    func closing(_ handle: UInt64, of node: NodeNumber, _ body: () -> Void) {
        closingsBegun.add(1, ordering: .acquiringAndReleasing)
        defer { closingsEnded.add(1, ordering: .acquiringAndReleasing) }
        closeDescriptions(by: handle, of: node)
        body()
    }

    /// What `isClosing` will be asked with.
    var closings: Int { closingsEnded.load(ordering: .acquiring) }

    /// True where a handle was being closed when `closings` said so, or has been since.
    func isClosing(since closings: Int) -> Bool { closingsBegun.load(ordering: .acquiring) != closings }

    private func closeDescriptions(by handle: UInt64, of node: NodeNumber) {
        let spare = mutex.locked { () -> [Int32] in
            lockers[node]?[handle] = nil
            if lockers[node]?.isEmpty == true { lockers[node] = nil }
            var spare: [Int32] = []
            for (number, holding) in holdings[node] ?? [:] where holding.handles.contains(handle) {
                var holding = holding
                holding.handles.remove(handle)
                holding.isOver = holding.handles.isEmpty
                let ends = holding.isOver && holding.users == 0
                if ends { spare.append(holding.descriptor) }
                holdings[node]![number] = ends ? nil : holding
            }
            if holdings[node]?.isEmpty == true { holdings[node] = nil }
            return spare
        }
        for descriptor in spare { close(descriptor) }
    }
}

extension LockTable {
    /// Whoever locked the whole of a file by a handle; 0 where the lock was taken away.
    func noteWhole(_ handle: UInt64, of node: NodeNumber, process: pid_t) {
        mutex.locked {
            lockers[node, default: [:]][handle] = process == 0 ? nil : LockRival(process: process)
            if lockers[node]!.isEmpty { lockers[node] = nil }
        }
    }

    /// A descriptor of a handle's open file was closed: the handle itself may be next.
    func noteClose(_ handle: UInt64, of node: NodeNumber) {
        mutex.locked {
            let now = monotonicMilliseconds()
            lockers[node]?[handle]?.closed = now
            for (number, holding) in holdings[node] ?? [:] where holding.handles.contains(handle) {
                holdings[node]![number]!.rival.closed = now
            }
        }
    }

    /// The other owners that may hold record locks on a file.
    func others(than owner: LockOwner) -> [(owner: LockOwner, rival: LockRival)] {
        mutex.locked {
            (holdings[owner.node] ?? [:]).filter { $0.key != owner.number }.map {
                (LockOwner(node: owner.node, number: $0.key), $0.value.rival)
            }
        }
    }

    /// Who has locked the whole of a file by other handles.
    func otherLockers(than handle: UInt64, of node: NodeNumber) -> [LockRival] {
        mutex.locked { (lockers[node] ?? [:]).filter { $0.key != handle }.map(\.value) }
    }
}
