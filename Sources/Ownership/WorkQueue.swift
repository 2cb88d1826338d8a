import Linux
import Synchronization

/// A piece of a walk.
enum Work: Sendable {
    case directory(EntryName, in: OpenDirectory)
    /// A directory that has been read in part.
    case rest(of: OpenDirectory)
    /// Records of getdents64(2) that another thread has read from a large directory.
    case entries([UInt8], in: OpenDirectory)
}

/// What is still to be done, the newest first: that goes down into the tree, and keeps few directories open.
final class WorkQueue: @unchecked Sendable {
    // Sendable: everything that changes is atomic, or touched within `monitor` alone.
    private let monitor = Monitor()
    private var waiting: [Work] = []
    /// Threads that do a piece and may add more.
    private var busy = 0
    private var stopped = false
    /// How many more threads wait than there are pieces, as it was a moment ago.
    private let hungry = Atomic<Int>(0)
    private var idle = 0 {
        didSet { hungry.store(idle - waiting.count, ordering: .relaxed) }
    }

    /// Whether a thread has nothing to do.
    var hasIdleThreads: Bool { hungry.load(ordering: .relaxed) > 0 }

    /// How many pieces wait; a moment ago.
    var length: Int { monitor.locked { waiting.count } }

    func add(_ work: Work) { add([work]) }

    /// The last one is done first.
    func add(_ work: [Work]) {
        if work.isEmpty { return }
        monitor.locked {
            if stopped { return }
            waiting += work
            if idle > 0 { work.count == 1 ? monitor.wakeOne() : monitor.wakeAll() }
            hungry.store(idle - waiting.count, ordering: .relaxed)
        }
    }

    /// The next piece if there is one now. Whoever gets it calls `finish`.
    func takeNow() -> Work? { monitor.locked { pop() } }

    /// The next piece; nil when there are none, and nobody is busy who could add one.
    func take() -> Work? {
        monitor.locked {
            while waiting.isEmpty && busy > 0 {
                idle += 1
                monitor.wait()
                idle -= 1
            }
            return pop()
        }
    }

    func finish() {
        monitor.locked {
            busy -= 1
            if busy == 0 && waiting.isEmpty { monitor.wakeAll() }
        }
    }

    /// Forgets what is still to be done, and takes no more.
    func stop() {
        let forgotten = monitor.locked {
            stopped = true
            defer { waiting = [] }
            return waiting
        }
        // Directories are closed outside of the lock.
        withExtendedLifetime(forgotten) {}
    }

    private func pop() -> Work? {
        guard let piece = waiting.popLast() else { return nil }
        hungry.store(idle - waiting.count, ordering: .relaxed)
        busy += 1
        return piece
    }
}
