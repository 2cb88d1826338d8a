import Glibc

/// The cgroup of version 2 that this process is in, as its namespace names it: the line `0::` of /proc/self/cgroup. nil
/// where there is none.
package func controlGroupPath() throws(SystemError) -> String? {
    let lines = try readText("/proc/self/cgroup").split(separator: "\n")
    return lines.first { $0.hasPrefix("0::") }.map { String($0.dropFirst("0::".count)) }
}

extension OpenFile where Self: ~Copyable {
    /// The text of a small file in this directory, such as those of cgroups(7).
    package func text(ofFile name: String) throws(SystemError) -> String {
        String(decoding: try open(name, [.readOnly, .noFollow]).readAll(limit: 1 << 20), as: UTF8.self)
    }

    /// Writes a file of this directory that is there, in a single write(2), as cgroups(7) wants it.
    package func writeText(_ text: String, to name: String) throws(SystemError) {
        let file = try open(name, [.writeOnly, .noFollow])
        let bytes = Array(text.utf8)
        try attempt("write", on: name) { Glibc.write(file.number, bytes, bytes.count) }
    }

    /// mkdirat(2).
    package func makeDirectory(_ name: String, mode: mode_t) throws(SystemError) {
        try attempt("mkdirat", on: name) { mkdirat(number, name, mode) }
    }

    /// unlinkat(2), AT_REMOVEDIR.
    package func removeDirectory(_ name: String) throws(SystemError) {
        try attempt("unlinkat", on: name) { unlinkat(number, name, AT_REMOVEDIR) }
    }

    /// The directories in this one; those of cgroups(7) are the cgroups within it.
    package func directoryNames() throws(SystemError) -> [String] {
        let here = try open(".", [.directory])
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 8)
        defer { room.deallocate() }
        var names: [String] = []
        do throws(Errno) {
            while case let entries = try here.readEntries(into: room), !entries.isEmpty {
                for entry in entries where entry.type == DirectoryEntry.directoryType && !entry.isDotOrDotDot {
                    names.append(String(cString: entry.name))
                }
            }
        } catch { throw SystemError("getdents64", error) }
        return names
    }
}
