import Glibc
import Linux

/// The system calls of a process that walks trees and changes owners, and no others. Its capabilities would allow much more
/// to whoever took it over: now it is this.
///
/// seccomp(2), through libseccomp. Needs no_new_privs. Threads that are started later inherit it. Every other call fails
/// with EPERM.
package struct WorkerFilter: Sendable {
    /// Who hears of the walk.
    package enum Listener: Hashable, Sendable {
        /// Another process, by a channel.
        case starter
        /// Whoever reads its output, terminals among them; and a record of the changes, if there is one.
        case everybody(records: Bool)
    }

    package var listener: Listener
    /// With what it opens files and changes owners. nil: openat(2) and fchownat(2) with any path.
    package var arguments: FixedArguments?
    /// Descriptors whose owners stay as they are: its channel, the record. 0 to 2 are always among them.
    package var others: [Int32]

    package init(_ listener: Listener, _ arguments: FixedArguments?, others: [Int32]) {
        self.listener = listener
        self.arguments = arguments
        self.others = others
    }

    /// Installs both filters in the calling process, which must have one thread.
    package func install() throws(SystemError) {
        try Filter.built(from: refusals).load()
        try Filter.built(from: profile(for: .current)).load()
    }

    /// What it may do.
    package func profile(for process: ProcessID) -> FilterProfile {
        var profile = FilterProfile.onlyAllowing(
            ProcessCalls.rules + ProcessCalls.threads(of: process) + Self.walking(process) + changing + telling)
        profile.foremost = hot
        return profile
    }

    private var hot: [String] { arguments == nil ? ["fchownat"] : ["openat2", "fchownat"] }

    private static func walking(_ process: ProcessID) -> [FilterRule] {
        [
            FilterRule(.allow, ["close", "statx", "getdents64", "fstatfs", "getxattr", "getrusage"]),
            // How many descriptors it may have. Of no other process.
            .onlyWith(["prlimit64"], argument: 0, among: [0]),
            // One thread waits for signals while others walk; the last of these sends one.
            FilterRule(.allow, ["rt_sigtimedwait"]),
            .onlyWith(["kill"], argument: 0, among: [UInt64(process.rawValue)]),
        ]
    }

    /// Files are opened beneath a directory, and owners changed by descriptor: by nothing else that is compared here, since
    /// a filter cannot see what is written at an address.
    private var changing: [FilterRule] {
        guard let arguments else { return [FilterRule(.allow, ["openat", "fchownat"])] }
        let opening = [arguments.directory, arguments.entry].map { how in
            FilterRule(
                .allow, ["openat2"],
                where: [ArgumentCondition(2, .equal, UInt64(how)), ArgumentCondition(3, .equal, sizeOfHow)])
        }
        let emptyPath = ArgumentCondition(1, .equal, UInt64(arguments.emptyPath))
        let byDescriptor = ArgumentCondition(4, .maskedEqual, 0xFFFF_FFFF, UInt64(AT_EMPTY_PATH))
        return opening + [FilterRule(.allow, ["fchownat"], where: [emptyPath, byDescriptor])]
    }

    private var telling: [FilterRule] {
        switch listener {
        case .starter: return [FilterRule(.allow, ["recvfrom", "sendto", "capget"] + ProcessCalls.poll)]
        case .everybody(let records):
            let output = [
                FilterRule(.allow, ["write", "rt_sigpending", "newfstatat", "sendto"] + ProcessCalls.poll),
                .control([UInt64(TCGETS), UInt64(TIOCGWINSZ)]),
            ]
            return output + (records ? Self.recording : [])
        }
    }

    private static let recording = [
        FilterRule(.allow, ["pread64", "lseek", "ftruncate", "fdatasync", "flock", "geteuid"])
    ]

    /// `sizeof(struct open_how)` of openat2(2).
    private var sizeOfHow: UInt64 { 24 }
}

/// The second filter, of what may not be done with the calls that the first one allows: libseccomp has no rule for "all
/// but these". The kernel asks both, and takes the stricter answer.
extension WorkerFilter {
    package var refusals: FilterProfile {
        var profile = FilterProfile(
            defaultAction: .allow, architectures: [], rules: arguments == nil ? untouched : untouched + fixed)
        profile.otherwise = .allow
        profile.foremost = ["fchownat"]
        return profile
    }

    /// Whoever is given the terminal that root sits at, or a record, has more than a file of the tree. A descriptor is a
    /// number of 32 bits for the kernel.
    private var untouched: [FilterRule] {
        (Array(0...2) + others).map { number in
            FilterRule(
                refused, ["fchownat"],
                where: [ArgumentCondition(0, .maskedEqual, 0xFFFF_FFFF, UInt64(UInt32(bitPattern: number)))])
        } + [
            // AT_FDCWD.
            FilterRule(
                refused, ["fchownat"],
                where: [ArgumentCondition(0, .maskedEqual, 0x8000_0000, 0x8000_0000)])
        ]
    }

    /// Nothing takes the place of the fixed arguments, which lie below every other address that the process needs: no call
    /// that changes mappings may begin below their end, and a range that begins above it cannot come round. Some
    /// processors leave the topmost byte of an address out of account, so that has to be zero.
    private var fixed: [FilterRule] {
        let end = UInt64(FixedArguments.page + FixedArguments.size)
        let tagged: UInt64 = 1 << 56
        let below = [ArgumentCondition(0, .less, end), ArgumentCondition(0, .greaterOrEqual, tagged)]
        let replaces = ArgumentCondition(3, .maskedEqual, UInt64(MAP_FIXED), UInt64(MAP_FIXED))
        let moves = ArgumentCondition(3, .maskedEqual, UInt64(MREMAP_FIXED), UInt64(MREMAP_FIXED))
        return below.map { FilterRule(refused, ["munmap", "mprotect", "madvise", "mremap"], where: [$0]) }
            + below.map { FilterRule(refused, ["mmap"], where: [$0, replaces]) }
            + [FilterRule(refused, ["mremap"], where: [moves])]
    }

    private var refused: FilterAction { .fail(UInt16(EPERM)) }
}
