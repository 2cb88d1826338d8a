import Glibc

/// RLIMIT_NOFILE, getrlimit(2).
package enum DescriptorLimit {
    /// How many descriptors this process may have.
    package static func current() throws(SystemError) -> Int {
        var limit = rlimit()
        try attempt("getrlimit", on: "RLIMIT_NOFILE") { getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the soft limit to the hard one.
    package static func raise() throws(SystemError) {
        var limit = rlimit()
        try attempt("getrlimit", on: "RLIMIT_NOFILE") { getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
        limit.rlim_cur = limit.rlim_max
        try attempt("setrlimit", on: "RLIMIT_NOFILE") { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    }
}
