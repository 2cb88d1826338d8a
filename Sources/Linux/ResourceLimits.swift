import Glibc

/// A resource of getrlimit(2).
package struct Resource: Hashable, Sendable {
    package let name: String
    fileprivate let number: UInt32

    package static let core = Resource(name: "RLIMIT_CORE", number: RLIMIT_CORE.rawValue)
    package static let files = Resource(name: "RLIMIT_NOFILE", number: RLIMIT_NOFILE.rawValue)
    package static let fileSize = Resource(name: "RLIMIT_FSIZE", number: RLIMIT_FSIZE.rawValue)
    package static let lockedMemory = Resource(name: "RLIMIT_MEMLOCK", number: __RLIMIT_MEMLOCK.rawValue)
    /// Processes and threads of the user, in this user namespace and those within it.
    package static let processes = Resource(name: "RLIMIT_NPROC", number: __RLIMIT_NPROC.rawValue)
    /// Seconds.
    package static let processorTime = Resource(name: "RLIMIT_CPU", number: RLIMIT_CPU.rawValue)
    package static let stack = Resource(name: "RLIMIT_STACK", number: RLIMIT_STACK.rawValue)

    /// The hard limit of this process; UInt64.max is none.
    package func hardLimit() throws(SystemError) -> UInt64 {
        var limit = rlimit()
        try attempt("getrlimit", on: name) { getrlimit(__rlimit_resource_t(number), &limit) }
        return UInt64(limit.rlim_max)
    }

    /// Sets the soft and the hard limit of this process, for good where it has no CAP_SYS_RESOURCE.
    package func limit(to value: UInt64) throws(SystemError) {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        try attempt("setrlimit", on: name) { setrlimit(__rlimit_resource_t(number), &limit) }
    }
}
