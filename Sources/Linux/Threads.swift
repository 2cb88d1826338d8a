import Glibc

/// A pthread_mutex(3) with a condition, for threads that wait for each other's work.
package struct Monitor: ~Copyable, @unchecked Sendable {
    // Sendable: the pointers never change, and what they point to is there to be used from several threads.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread runs one under this monitor.
    package borrowing func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Within `locked`: lets others in until one of them wakes this thread.
    package borrowing func wait() { pthread_cond_wait(condition, mutex) }

    package borrowing func wakeOne() { pthread_cond_signal(condition) }
    package borrowing func wakeAll() { pthread_cond_broadcast(condition) }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A thread that was started, until it is joined.
package struct Thread: Sendable {
    private let handle: pthread_t

    /// pthread_create(3).
    package static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> Thread {
        installInterruption()
        var thread = pthread_t()
        let context = Unmanaged.passRetained(ThreadBody(body))
        try attemptReturningError("pthread_create") {
            pthread_create(
                &thread, nil,
                {
                    Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run()
                    return nil
                },
                context.toOpaque())
        }
        return Thread(handle: thread)
    }

    /// pthread_join(3).
    package func join() { pthread_join(handle, nil) }

    /// Makes a call that the thread is blocked in answer EINTR; a thread that is not blocked goes on as if nothing was.
    package func interrupt() { pthread_kill(handle, interruption) }
}

/// Nobody else's signal, with an action that does nothing, so that it only interrupts.
private let interruption = SIGUSR2

private func installInterruption() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    sigaction(interruption, &action, nil)
}
