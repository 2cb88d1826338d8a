import CSeccomp
import Glibc
import Linux

/// A filter as the kernel takes it, seccomp(2): a program that libseccomp has put together before.
package struct FilterProgram: Hashable, Sendable {
    /// Each a struct sock_filter, as this machine has its 64 bits in memory.
    package let instructions: [UInt64]
    package let flags: FilterFlags
    /// The names of its profile that the library did not know which put it together.
    package let unknownNames: [String]

    package init(instructions: [UInt64], flags: FilterFlags = [], unknownNames: [String]) {
        self.instructions = instructions
        self.flags = flags
        self.unknownNames = unknownNames
    }

    /// SECCOMP_SET_MODE_FILTER: in force for this process from now on, and for every process it starts. As seccomp_load(3),
    /// it sets no_new_privs, without which the kernel takes no filter.
    package func load() throws(SystemError) {
        try ProcessControl.setNoNewPrivileges()
        guard let count = UInt16(exactly: instructions.count) else { throw SystemError("seccomp", Errno(EINVAL)) }
        try attempt("seccomp") { berth_seccomp_set_filter(flags.rawValue, instructions, count) }
    }
}

extension Filter {
    /// seccomp_export_bpf(3): what `load` would put in force.
    package func exported() throws(SystemError) -> [UInt64] {
        let file = Descriptor(owning: try attempt("memfd_create") { memfd_create("filter", UInt32(MFD_CLOEXEC)) })
        try succeed("seccomp_export_bpf", seccomp_export_bpf(context, file.number))
        try attempt("lseek") { lseek(file.number, 0, SEEK_SET) }
        // BPF_MAXINSNS of them at most.
        let bytes = try file.readAll(limit: 4096 * MemoryLayout<UInt64>.size)
        return bytes.withUnsafeBytes { all in
            stride(from: 0, to: all.count, by: MemoryLayout<UInt64>.size).map {
                all.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
            }
        }
    }
}

extension FilterProgram {
    /// What libseccomp makes of a profile.
    ///
    /// As a tree that is searched by the number of the call, it takes libseccomp longer, and less of the kernel, which runs a
    /// filter for every number when it is loaded.
    package static func compiled(from profile: FilterProfile, asTree: Bool = false) throws(SystemError) -> FilterProgram
    {
        let filter = try Filter.built(from: profile)
        if asTree { try filter.searchAsTree() }
        return FilterProgram(
            instructions: try filter.exported(), flags: profile.flags, unknownNames: profile.unknownNames)
    }
}
