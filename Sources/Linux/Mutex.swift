import Glibc

/// A pthread_mutex(3), for state that threads change in a few memory operations.
///
/// Synchronization.Mutex hands over in order of priority, which costs forty times as much under contention.
package struct Mutex: ~Copyable, @unchecked Sendable {
    // Sendable: the pointer never changes, and a pthread_mutex_t is there to be used from several threads.
    private let raw: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        raw = .allocate(capacity: 1)
        pthread_mutex_init(raw, nil)
    }

    deinit {
        pthread_mutex_destroy(raw)
        raw.deallocate()
    }

    /// Runs `body` while no other thread runs one under this mutex.
    package borrowing func locked<Value: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        pthread_mutex_lock(raw)
        defer { pthread_mutex_unlock(raw) }
        return try body()
    }
}
