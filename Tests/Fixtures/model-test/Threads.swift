import Glibc
import Synchronization

/// What went wrong first; the other threads stop then.
enum Trouble {
    private static let first = Mutex<String?>(nil)
    private static let found = Atomic<Bool>(false)

    static var isFound: Bool { found.load(ordering: .relaxed) }
    static var words: String? { first.withLock { $0 } }

    static func report(_ words: String) {
        first.withLock { if $0 == nil { $0 = words } }
        found.store(true, ordering: .relaxed)
    }
}

/// A block on its way to a thread. Unchecked: it is made by one thread, run by another and freed by that one.
private final class Work: @unchecked Sendable {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

/// Runs each block in a thread of its own, and waits for all. What they use they must not share.
func inThreads(_ bodies: [() -> Void]) throws {
    var threads: [pthread_t] = []
    for body in bodies {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        let answer = pthread_create(
            &thread, nil,
            {
                Unmanaged<Work>.fromOpaque($0!).takeRetainedValue().body(); return nil
            }, work)
        if answer != 0 { throw Failure("pthread_create: \(nameOfErrno(answer))") }
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}
