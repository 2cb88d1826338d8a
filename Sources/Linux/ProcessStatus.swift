import Glibc

/// What /proc/PID/status tells of a process, proc(5).
package struct ProcessStatus: Hashable, Sendable {
    /// As the process named itself, at most 15 bytes; the kernel writes line feeds and backslashes out.
    package var name: String
    /// A letter such as `S`, or `Z` for one that has ended.
    package var state: Character
    package var process: pid_t
    package var threadGroup: pid_t
    package var parent: pid_t
    /// Its numbers in the pid namespaces from the reader's down to its own; empty before Linux 4.1.
    package var namespaceNumbers: [UInt32]
    /// Real, effective, saved and file-system ids, as the namespace of whoever reads them has them.
    package var users: [UInt32]
    package var groups: [UInt32]
    package var supplementaryGroups: [UInt32]
    package var effective: CapabilitySet
    package var permitted: CapabilitySet
    package var inheritable: CapabilitySet
    package var bounding: CapabilitySet
    package var ambient: CapabilitySet
    package var noNewPrivileges: Bool
    /// 0: off, 1: strict, 2: filters; nil on a kernel without seccomp.
    package var seccompMode: Int?
    /// nil before Linux 5.9.
    package var seccompFilters: Int?

    /// Reads the kernel's text; nil where it is no such text, or lacks a line that every kernel since 4.10 writes.
    package init?(parsing text: String) {
        guard let lines = StatusLines(text), let name = lines["Name"], let state = lines["State"]?.first,
            let process = lines.number("Pid", as: pid_t.self), let threadGroup = lines.number("Tgid", as: pid_t.self),
            let parent = lines.number("PPid", as: pid_t.self),
            let users = lines.numbers("Uid"), users.count == 4, let groups = lines.numbers("Gid"), groups.count == 4,
            let others = lines.numbers("Groups"), let effective = lines.set("CapEff"),
            let permitted = lines.set("CapPrm"), let inheritable = lines.set("CapInh"),
            let bounding = lines.set("CapBnd"), let ambient = lines.set("CapAmb"), let locked = lines["NoNewPrivs"]
        else { return nil }
        self.name = name
        self.state = state
        self.process = process
        self.threadGroup = threadGroup
        self.parent = parent
        namespaceNumbers = lines.numbers("NSpid") ?? []
        self.users = users
        self.groups = groups
        supplementaryGroups = others
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
        self.bounding = bounding
        self.ambient = ambient
        noNewPrivileges = locked == "1"
        seccompMode = lines.number("Seccomp", as: Int.self)
        seccompFilters = lines.number("Seccomp_filters", as: Int.self)
    }

    /// That of a process: its number, or `self`.
    package static func of(_ process: String) throws(SystemError) -> ProcessStatus {
        let path = "/proc/\(process)/status"
        guard let status = ProcessStatus(parsing: try readText(path)) else {
            throw SystemError("read", on: path, Errno(EINVAL))
        }
        return status
    }
}

/// The lines of such a text by their names.
private struct StatusLines {
    private var values: [Substring: Substring] = [:]

    /// nil where a name comes twice: the kernel writes none twice.
    init?(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            guard values.updateValue(Substring(value), forKey: Substring(line[..<colon])) == nil else { return nil }
        }
    }

    subscript(name: Substring) -> String? { values[name].map(String.init) }

    func number<Number: FixedWidthInteger>(_ name: Substring, as: Number.Type) -> Number? {
        values[name].flatMap { Number($0) }
    }

    /// Decimal numbers; nil where a word is none.
    func numbers(_ name: Substring) -> [UInt32]? {
        guard let words = values[name]?.split(whereSeparator: { $0 == "\t" || $0 == " " }) else { return nil }
        let numbers = words.compactMap { UInt32($0) }
        return numbers.count == words.count ? numbers : nil
    }

    /// Sixteen hexadecimal digits.
    func set(_ name: Substring) -> CapabilitySet? {
        guard let digits = values[name], digits.utf8.count == 16 else { return nil }
        return UInt64(digits, radix: 16).map(CapabilitySet.init(rawValue:))
    }
}
