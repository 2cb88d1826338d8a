import CFuse
import Glibc
import Linux

/// A request whose answer somebody else sends later.
struct PostponedRequest: @unchecked Sendable {
    // Sendable: whoever holds it last answers it, and nobody touches it afterwards.
    let request: fuse_req_t
    /// Its number, by which the kernel says that its caller was signalled.
    let unique: UInt64
    /// Through which it must be answered.
    let device: Int32
    /// Who is told of the answer; nil where nobody wants to know.
    let watch: LateWatch?
}

/// Requests that wait for a lock: each in a thread of its own, apart from those that serve, since it may be for ever.
///
/// A wait is a blocking call on the source, so that it ends the moment the lock is free, in the source's own order,
/// whoever held it. It is interrupted by a signal to its thread.
final class Waits: @unchecked Sendable {
    // Sendable: everything that changes is touched under `monitor` alone.
    private let monitor = Monitor()
    private var waiting: [UInt64: Wait] = [:]
    /// Threads whose wait is over: about to end, and still to be joined.
    private var leaving: [Thread] = []
    private var interrupter: Thread?
    private var stopping = false
    /// The requests of which it was last said that they are interrupted, before they waited, or when they no longer did.
    private var early: [UInt64] = []

    private struct Wait {
        var thread: Thread
        var interrupted = false
    }

    /// More callers than this are not made to wait: they are answered ENOLCK.
    static let most = 256
    private static let earlyKept = 64

    /// Runs `work`, which may block, in a thread of its own, and answers the request with what comes of it.
    ///
    /// Where `work` throws EINTR though nobody interrupted the request, it is run again.
    func begin(_ postponed: PostponedRequest, _ work: @escaping @Sendable () throws(Errno) -> Void) throws(Errno) {
        let refusal: Errno? = monitor.locked {
            if stopping || early.contains(postponed.unique) { return Errno(EINTR) }
            if waiting.count >= Self.most || waiting[postponed.unique] != nil { return Errno(ENOLCK) }
            joinLeaving()
            do throws(SystemError) {
                if interrupter == nil { interrupter = try Thread.start { self.interruptMarked() } }
                let thread = try Thread.start { self.run(postponed, work) }
                waiting[postponed.unique] = Wait(thread: thread)
                return nil
            } catch { return Errno(ENOLCK) }
        }
        if let refusal { throw refusal }
    }

    /// The caller of a request was signalled, or killed: FUSE_INTERRUPT. Nobody else knows what to do about that.
    func interrupt(_ unique: UInt64) {
        monitor.locked {
            if waiting[unique] == nil {
                early.append(unique)
                if early.count > Self.earlyKept { early.removeFirst() }
            } else {
                waiting[unique]!.interrupted = true
                monitor.wakeAll()
            }
        }
    }

    /// Ends every wait; false where one does not end within five seconds.
    func stop() -> Bool {
        monitor.locked {
            stopping = true
            monitor.wakeAll()
        }
        for _ in 0..<5000 where monitor.locked({ !waiting.isEmpty }) { usleep(1000) }
        return monitor.locked {
            guard waiting.isEmpty else { return false }
            joinLeaving()
            return true
        }
    }

    private func run(_ postponed: PostponedRequest, _ work: () throws(Errno) -> Void) {
        Worker.serving(postponed.device, self, nil, postponed.watch?.watch) {
            var failure: Errno?
            repeat {
                failure = isInterrupted(postponed.unique) ? Errno(EINTR) : nil
                if failure != nil { break }
                do throws(Errno) { try work() } catch { failure = error }
            } while failure == Errno(EINTR)
            // From here on no signal comes to this thread.
            monitor.locked {
                if let wait = waiting.removeValue(forKey: postponed.unique) { leaving.append(wait.thread) }
                if stopping { monitor.wakeAll() }
            }
            answer(postponed.request) { (_) throws(Errno) in
                if let failure { throw failure }
                return .done
            }
        }
    }

    private func isInterrupted(_ unique: UInt64) -> Bool {
        monitor.locked { stopping || waiting[unique]?.interrupted == true }
    }

    /// In a thread of its own: signals those whose wait is to end, until it has. A signal that comes just before the call
    /// that it should interrupt is lost.
    private func interruptMarked() {
        var ended = false
        while !ended {
            monitor.locked {
                while !stopping && !waiting.values.contains(where: \.interrupted) { monitor.wait() }
                for wait in waiting.values where stopping || wait.interrupted { wait.thread.interrupt() }
                ended = stopping && waiting.isEmpty
            }
            usleep(1000)
        }
    }

    /// Under the monitor, which those threads have left for the last time.
    private func joinLeaving() {
        for thread in leaving { thread.join() }
        leaving = []
    }
}
