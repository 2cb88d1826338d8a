import Linux
import Synchronization

/// The threads of a walk: as many as there are processors, and more where they are seen to wait for a disk or a server.
final class Crew: @unchecked Sendable {
    // Sendable: `threads` is touched under `mutex` alone, the rest is atomic, or does not change.
    private let walk: Walk
    private let mutex = Mutex()
    private var threads: [Thread] = []
    private let count: Atomic<Int>
    private let nextLook: Atomic<Int64>
    private let lastTime: Atomic<Int64>
    private let lastUsed: Atomic<Int64>
    private let lastWaits: Atomic<Int>

    /// How long threads are watched before more are added, in nanoseconds.
    private static let period: Int64 = 20_000_000

    init(_ walk: Walk) {
        self.walk = walk
        let now = ProcessorTime.monotonic()
        count = Atomic(max(1, walk.options.threads ?? ProcessorTime.processors()))
        nextLook = Atomic(now + Self.period)
        lastTime = Atomic(now)
        lastUsed = Atomic(ProcessorTime.used())
        lastWaits = Atomic(ProcessorTime.waits())
    }

    /// Works on the calling thread as well, and returns when all have ended.
    func run() throws(SystemError) {
        let first = count.load(ordering: .relaxed)
        walk.options.progress?.setThreads(first)
        do throws(SystemError) { for _ in 1..<first { try start() } } catch {
            walk.stop(.cancelled)
            joinAll()
            throw error
        }
        work()
        joinAll()
    }

    private func work() {
        var walker = Walker(walk)
        walker.run { adapt() }
    }

    private func start() throws(SystemError) {
        let thread = try Thread.start { self.work() }
        mutex.locked { threads.append(thread) }
    }

    private func joinAll() {
        while let thread = mutex.locked({ threads.popLast() }) { thread.join() }
    }

    /// Adds threads where they waited and left a tenth of the processors' time unused, and there is work for more.
    ///
    /// Waiting is counted too, since on a busy machine others take the time, and more threads would only take it back.
    private func adapt() {
        guard walk.options.threads == nil else { return }
        let now = ProcessorTime.monotonic()
        let due = nextLook.load(ordering: .relaxed)
        guard now >= due,
            nextLook.compareExchange(expected: due, desired: .max, ordering: .acquiringAndReleasing).exchanged
        else { return }
        defer { nextLook.store(ProcessorTime.monotonic() + Self.period, ordering: .releasing) }
        let (used, waits) = (ProcessorTime.used(), ProcessorTime.waits())
        let had = now - lastTime.exchange(now, ordering: .relaxed)
        let spent = used - lastUsed.exchange(used, ordering: .relaxed)
        let waited = waits - lastWaits.exchange(waits, ordering: .relaxed)
        let threads = count.load(ordering: .relaxed)
        let able = Int64(min(threads, ProcessorTime.processors()))
        if spent * 10 < had * able * 9, waited >= 2 * threads, !walk.queue.hasIdleThreads {
            // Where they do next to nothing but wait, it is a server far away.
            add(spent * 4 < had * able ? 3 * threads : threads, to: threads)
        }
    }

    private func add(_ more: Int, to threads: Int) {
        // Threads that wait for the record keep changes in memory meanwhile.
        let most = walk.options.record == nil ? WalkOptions.mostThreads : WalkOptions.mostThreads / 4
        for _ in 0..<max(0, min(more, most - threads)) {
            // Fewer threads than one would like are no error.
            do throws(SystemError) { try start() } catch { return }
            count.add(1, ordering: .relaxed)
        }
        walk.options.progress?.setThreads(count.load(ordering: .relaxed))
    }
}
