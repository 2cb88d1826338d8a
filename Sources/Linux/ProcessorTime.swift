import Glibc

/// How many processors there are for this process, and how much of their time it has used.
package enum ProcessorTime {
    /// CPU_COUNT of sched_getaffinity(2); at least 1.
    package static func processors() -> Int {
        var set = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return 1 }
        return max(1, withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } })
    }

    /// Of all threads of this process, in user and kernel mode, in nanoseconds.
    package static func used() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// How often threads of this process have given up a processor to wait for something: `ru_nvcsw` of getrusage(2).
    package static func waits() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_nvcsw
    }

    /// CLOCK_MONOTONIC, in nanoseconds.
    package static func monotonic() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
