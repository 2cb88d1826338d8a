import Glibc

/// Runs a block on several threads that begin at one moment, and tells how long it was from the first's begin to the
/// last's end.
func together(_ threads: Int, _ body: @escaping @Sendable (Int) -> Tally) -> (seconds: Double, tallies: [Tally]) {
    let start = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    pthread_barrier_init(start, nil, UInt32(threads))
    let members = (0..<threads).map { Member($0, start, body) }
    let handles = members.map { member in
        var handle = pthread_t()
        let answer = pthread_create(
            &handle, nil,
            { raw in
                Unmanaged<Member>.fromOpaque(raw!).takeUnretainedValue().work()
                return nil
            }, Unmanaged.passUnretained(member).toOpaque())
        precondition(answer == 0, "pthread_create: \(answer)")
        return handle
    }
    for handle in handles { pthread_join(handle, nil) }
    withExtendedLifetime(members) {}
    pthread_barrier_destroy(start)
    start.deallocate()
    return (members.map(\.end).max()! - members.map(\.begin).min()!, members.map(\.tally))
}

/// One thread of them. Only its own thread writes to it, and it is read after that has ended.
private final class Member {
    let number: Int
    let start: UnsafeMutablePointer<pthread_barrier_t>
    let body: @Sendable (Int) -> Tally
    var tally = Tally()
    var begin = 0.0
    var end = 0.0

    init(_ number: Int, _ start: UnsafeMutablePointer<pthread_barrier_t>, _ body: @escaping @Sendable (Int) -> Tally) {
        self.number = number
        self.start = start
        self.body = body
    }

    func work() {
        pthread_barrier_wait(start)
        begin = now()
        tally = body(number)
        end = now()
    }
}

/// Seconds of CLOCK_MONOTONIC.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
