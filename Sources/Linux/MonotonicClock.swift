import Glibc

/// clock_gettime(2), CLOCK_MONOTONIC: nanoseconds from a point in the past that stays the same. No system call where the
/// machine's clock can be read without one, vdso(7).
package func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
}
