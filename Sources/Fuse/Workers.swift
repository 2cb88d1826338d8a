import CFuse
import Glibc
import Linux
import Synchronization

/// The threads that serve a session. Their number follows the queue: there is always one that waits for the next request,
/// and rarely more than two, since each request would otherwise wake the thread that has slept longest.
final class Workers: @unchecked Sendable {
    // Sendable: `threads`, `parked` and `summoned` are touched under `monitor` alone; the rest never changes or is atomic.
    private let session: OpaquePointer
    /// One for each thread that may be started: /dev/fuse, each a queue of its own, or all the same.
    private let devices: [Int32]
    private let waits: Waits
    private let agreement = Agreement()
    private let observation: Observation?
    private let greeted: @Sendable () -> Void
    private let ended: @Sendable () -> Void
    private let monitor = Monitor()
    private var threads: [Thread] = []
    private var parked = 0
    /// How many of the parked may go on.
    private var summoned = 0
    /// Threads that wait for a request, and those on their way there: one that was started is not started again.
    private let readers = Atomic<Int>(0)
    private let alive = Atomic<Int>(0)

    /// A request found so many further threads waiting so often in a row: one is enough.
    private static let patience = 64

    /// `greeted` is called by the thread that has answered the kernel's first request, `ended` by each one that finds the
    /// session at its end.
    init(
        _ session: OpaquePointer, devices: [Int32], waits: Waits, _ observation: Observation?,
        greeted: @escaping @Sendable () -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        self.session = session
        self.devices = devices
        self.waits = waits
        self.observation = observation
        self.greeted = greeted
        self.ended = ended
    }

    /// Starts the first thread; the others come when they are needed.
    func start() throws(SystemError) {
        var failure: SystemError?
        monitor.locked {
            do throws(SystemError) { try startThread() } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Makes every thread leave once it is done with its request; false where one does not within five seconds.
    func stop() -> Bool {
        fuse_session_exit(session)
        // A session's end waits for this one's, which takes a tenth of a millisecond if no request is at work.
        var pause: UInt32 = 50
        for _ in 0..<5000 where alive.load(ordering: .acquiring) > 0 {
            monitor.locked {
                summoned = parked
                monitor.wakeAll()
                for thread in threads { thread.interrupt() }
            }
            usleep(pause)
            pause = min(pause * 2, 1000)
        }
        if alive.load(ordering: .acquiring) > 0 { return false }
        for thread in threads { thread.join() }
        return true
    }

    /// Under the monitor.
    private func startThread() throws(SystemError) {
        let device = devices[threads.count]
        alive.add(1, ordering: .relaxed)
        readers.add(1, ordering: .sequentiallyConsistent)
        do {
            threads.append(
                try Thread.start {
                    Worker.serving(device, self.waits, self.agreement, self.observation?.watch()) { self.serve() }
                    self.alive.subtract(1, ordering: .releasing)
                    self.ended()
                })
        } catch {
            alive.subtract(1, ordering: .relaxed)
            readers.subtract(1, ordering: .sequentiallyConsistent)
            throw error
        }
    }

    /// Counted among the readers when it is called, and whenever it waits.
    private func serve() {
        var buffer = fuse_buf()
        defer { free(buffer.mem) }
        var unneeded = 0
        while fuse_session_exited(session) == 0 {
            let size = fuse_session_receive_buf(session, &buffer)
            let others = readers.subtract(1, ordering: .sequentiallyConsistent).newValue
            if size == -EINTR || size == -EAGAIN {
                readers.add(1, ordering: .sequentiallyConsistent)
                continue
            }
            if size <= 0 { return }
            // Until the kernel is greeted nobody else is served: what it has agreed to may still be refused.
            let isGreeting = Worker.current.pointee.operation == FUSE_INIT
            if others == 0 && !isGreeting { summonAnother() }
            fuse_session_process_buf(session, &buffer)
            if isGreeting { greeted() }
            Worker.current.pointee.watch?.end()
            unneeded = others >= 2 ? unneeded + 1 : 0
            if unneeded >= Self.patience {
                park()
                unneeded = 0
            }
            readers.add(1, ordering: .sequentiallyConsistent)
        }
    }

    /// Nobody waits for the next request: one that is parked does, or a new one.
    private func summonAnother() {
        monitor.locked {
            if parked > summoned {
                summoned += 1
                monitor.wakeOne()
            } else if threads.count < devices.count {
                // Without it those that are there go on serving.
                do throws(SystemError) { try startThread() } catch { return }
            }
        }
    }

    private func park() {
        monitor.locked {
            parked += 1
            // Looked at only now: whoever leaves the queue empty after this sees that somebody is parked.
            while readers.load(ordering: .sequentiallyConsistent) > 0 && summoned == 0 { monitor.wait() }
            if summoned > 0 { summoned -= 1 }
            parked -= 1
        }
    }
}
