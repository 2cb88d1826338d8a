import Linux
import Synchronization

/// How far a walk is, for another thread to look at, and a way to end it.
package final class WalkProgress: Sendable {
    /// What has been done at one moment.
    package struct Snapshot: Sendable {
        package var entries: UInt64 = 0
        package var changed: UInt64 = 0
        package var refused: UInt64 = 0
        /// How many threads are at work.
        package var threads = 0
        /// A directory that one of them is in, from the tree's root; nil before the first.
        package var directory: [UInt8]?
        /// The number of the tree that it lies in.
        package var tree = 0
    }

    private let mutex = Mutex()
    private let state = State()
    private let cancelled = Atomic<Bool>(false)

    package init() {}

    /// Any thread may ask at any time; what threads have done in the last moments may be missing.
    package var snapshot: Snapshot {
        let (counts, place) = mutex.locked { (state.counts, state.place) }
        var snapshot = counts
        snapshot.directory = place?.path
        snapshot.tree = place?.tree ?? 0
        return snapshot
    }

    /// Ends the walk in good order, as its deadline would.
    package func cancel() { cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func add(entries: UInt64, changed: UInt64, refused: UInt64, in place: Place) {
        mutex.locked {
            state.counts.entries += entries
            state.counts.changed += changed
            state.counts.refused += refused
            state.place = place
        }
    }

    func setThreads(_ count: Int) { mutex.locked { state.counts.threads = count } }

    private final class State: @unchecked Sendable {
        // Sendable: touched under `mutex` alone.
        var counts = Snapshot()
        var place: Place?
    }
}
