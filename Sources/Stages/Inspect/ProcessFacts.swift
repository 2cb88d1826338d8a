import Glibc
import Linux

/// Everything that /proc tells of one process.
struct ProcessFacts: Sendable {
    var status: ProcessStatus
    /// Whom /proc/PID belongs to.
    var owner: UInt32
    /// `user` → `user:[4026531837]` and so on, for those that the kernel shows.
    var namespaces: [(kind: String, link: Seen<String>)]
    /// The user namespace above its own.
    var outerNamespace: Seen<String>
    /// The user namespace that its network namespace belongs to.
    var networkOwner: Seen<String>
    var userMap: Seen<IdentityMap>
    var groupMap: Seen<IdentityMap>
    var setgroups: Seen<String>
    var limits: Seen<[LimitLine]>
    var label: Seen<String>
    var program: Seen<String>
    var workingDirectory: Seen<DescriptorFacts>
    var mounts: Seen<[InspectedMount]>
    var descriptors: Seen<[DescriptorFacts]>

    static let namespaceKinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]

    func namespace(_ kind: String) -> String? { namespaces.first { $0.kind == kind }?.link.value }

    /// False where others of the process's account cannot read its memory: its files in /proc belong to the root of the
    /// namespace it was executed in. nil where that is the process's own user, since it does not show then.
    func isDumpable(executedIn namespace: String?, seenFrom own: ProcessFacts) -> Bool? {
        if owner != status.users[1] { return false }
        guard status.users[1] != 0, let namespace, namespace == own.namespace("user") else { return nil }
        return true
    }

    static func read(_ process: borrowing ProcessDirectory) throws(Vanished) -> ProcessFacts {
        guard case .seen(let status) = try Self.status(process), status.state != "Z" else { throw Vanished() }
        guard case .seen(let owner) = try Seen.read({ () throws(SystemError) in try process.owner() }) else {
            throw Vanished()
        }
        var namespaces: [(kind: String, link: Seen<String>)] = []
        for kind in namespaceKinds {
            namespaces.append((kind, try Seen.read { () throws(SystemError) in try process.link("ns/\(kind)") }))
        }
        let facts = ProcessFacts(
            status: status, owner: owner, namespaces: namespaces,
            outerNamespace: try Seen.read { () throws(SystemError) in try process.parentUserNamespace() },
            networkOwner: try Seen.read { () throws(SystemError) in try process.owner(ofNamespace: "net") },
            userMap: try Seen.read { () throws(SystemError) in IdentityMap(parsing: try process.text("uid_map")) },
            groupMap: try Seen.read { () throws(SystemError) in IdentityMap(parsing: try process.text("gid_map")) },
            setgroups: try Seen.read { () throws(SystemError) in firstLine(try process.text("setgroups")) },
            limits: try Seen.read { () throws(SystemError) in LimitLine.table(try process.text("limits")) },
            label: try Seen.read { () throws(SystemError) in label(try process.bytes("attr/current")) },
            program: try Seen.read { () throws(SystemError) in try process.link("exe") },
            workingDirectory: try Seen.read { () throws(SystemError) in
                DescriptorFacts(number: -1, target: try process.link("cwd"), file: try process.known("cwd"))
            },
            mounts: try Seen.read { () throws(SystemError) in InspectedMount.table(try process.text("mountinfo")) },
            descriptors: try DescriptorFacts.all(of: process))
        // A process that ends loses its working directory before its namespaces: with it now, it had all of them before.
        if case .missing = try Seen.read({ () throws(SystemError) in try process.link("cwd") }) { throw Vanished() }
        return facts
    }

    static func status(_ process: borrowing ProcessDirectory) throws(Vanished) -> Seen<ProcessStatus> {
        try Seen.read { () throws(SystemError) in ProcessStatus(parsing: try process.text("status")) }
    }

    private static func firstLine(_ text: String) -> String? { text.split(separator: "\n").first.map(String.init) }

    /// Ends with a NUL byte under SELinux, with a line feed under AppArmor; empty without either.
    private static func label(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes.prefix { $0 != 0 && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}

/// One descriptor of a process.
struct DescriptorFacts: Hashable, Sendable {
    var number: Int32
    /// As readlink(2) has it: a path, or a text such as `pipe:[123]`. A file's name is its owner's choice.
    var target: String
    /// nil where it was closed meanwhile, or its server had to be asked.
    var file: KnownFile?

    /// By the device's number, since a name can be any.
    var isFuseDevice: Bool {
        guard let file, file.kind == .characterDevice else { return false }
        return file.major == FuseDevice.number.major && file.minor == FuseDevice.number.minor
    }

    static func all(of process: borrowing ProcessDirectory) throws(Vanished) -> Seen<[DescriptorFacts]> {
        try Seen.read { () throws(SystemError) in
            var all: [DescriptorFacts] = []
            for number in try process.descriptorNumbers() {
                if let one = try one(number, of: process) { all.append(one) }
            }
            return all
        }
    }

    /// nil where it was closed meanwhile.
    private static func one(
        _ number: Int32, of process: borrowing ProcessDirectory
    ) throws(SystemError) -> DescriptorFacts? {
        do throws(SystemError) {
            let target = try process.link("fd/\(number)")
            return DescriptorFacts(number: number, target: target, file: try process.known("fd/\(number)"))
        } catch {
            if error.reason == Errno(ENOENT) { return nil }
            throw error
        }
    }
}

/// One line of /proc/PID/limits.
struct LimitLine: Hashable, Sendable {
    /// Such as `Max core file size`.
    var name: String
    /// A number or `unlimited`.
    var soft: String
    var hard: String

    /// The kernel writes columns of 25 and 20 characters, the names with blanks in them; nil where it is no such text.
    static func table(_ text: String) -> [LimitLine]? {
        let lines = text.split(separator: "\n").dropFirst()
        let limits = lines.compactMap(LimitLine.init(line:))
        return limits.count == lines.count && !limits.isEmpty ? limits : nil
    }

    private init?(line: Substring) {
        guard line.utf8.count > 26 else { return nil }
        let words = line.dropFirst(26).split(separator: " ")
        guard words.count >= 2 else { return nil }
        let name = line.prefix(26)
        self.name = String(name.reversed().drop { $0 == " " }.reversed())
        soft = String(words[0])
        hard = String(words[1])
    }
}
