import Glibc
import Linux

/// The system calls of a process that walks trees and changes owners, and no others. Its capabilities would allow much more
/// to whoever took it over: now it is this.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Threads that are started later inherit it. Every other call fails
/// with EPERM.
package enum WorkerFilter {
    /// Who hears of the walk.
    package enum Listener: Hashable, Sendable {
        /// Another process, by a channel.
        case starter
        /// Whoever reads its output, terminals among them; and a record of the changes, if there is one.
        case everybody(records: Bool)
    }

    /// Installs the filter in the calling process, which must have one thread.
    package static func install(_ listener: Listener) throws(SystemError) {
        try Filter.built(from: profile(for: .current, listener)).load()
    }

    package static func profile(for process: ProcessID, _ listener: Listener) -> FilterProfile {
        .onlyAllowing(ProcessCalls.rules + ProcessCalls.threads(of: process) + walking(process) + telling(listener))
    }

    private static func walking(_ process: ProcessID) -> [FilterRule] {
        [
            FilterRule(
                .allow,
                ["openat", "close", "statx", "getdents64", "fstatfs", "fchownat", "getxattr", "getrusage"]),
            // How many descriptors it may have. Of no other process.
            .onlyWith(["prlimit64"], argument: 0, among: [0]),
            // One thread waits for signals while others walk; the last of these sends one.
            FilterRule(.allow, ["rt_sigtimedwait"]),
            .onlyWith(["kill"], argument: 0, among: [UInt64(process.rawValue)]),
        ]
    }

    private static func telling(_ listener: Listener) -> [FilterRule] {
        switch listener {
        case .starter: return [FilterRule(.allow, ["recvfrom", "sendto", "capget"] + ProcessCalls.poll)]
        case .everybody(let records):
            let output = [
                FilterRule(.allow, ["write", "rt_sigpending", "newfstatat", "sendto"] + ProcessCalls.poll),
                .control([UInt64(TCGETS), UInt64(TIOCGWINSZ)]),
            ]
            return output + (records ? recording : [])
        }
    }

    private static let recording = [
        FilterRule(.allow, ["pread64", "lseek", "ftruncate", "fdatasync", "flock", "geteuid"])
    ]
}
