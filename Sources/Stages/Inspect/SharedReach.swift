import Glibc
import Linux
import Plan

/// Whether a session can reach a shared source by another path, and write there: asked of the kernel with the session's
/// own ids and from its own root, by a copy of this process, since a dead server keeps whoever asks.
enum SharedReach {
    private static let deadline: Int32 = 5_000

    /// A line for each path at which the session's mounts show the source of one of its own, by their devices, and for each
    /// file of it that a process has open. `members` have the session's root, the first that may be used is; `strangers` are
    /// in its namespaces besides.
    static func lines(
        _ table: [InspectedMount], of session: Set<String>, members: [ProcessFacts], strangers: [ProcessFacts],
        servers: [ProcessFacts]
    ) throws(RunFailure) -> [InspectionLine] {
        let shared = table.filter { $0.isShared && session.contains($0.entry.device) }
        if shared.isEmpty { return [] }
        let directories = servers.flatMap { $0.descriptors.value ?? [] }.compactMap(\.file).filter {
            $0.kind == .directory
        }
        let held = Set(directories.compactMap(\.identity))
        let child = try Child.start("look for shared sources") { (channel) throws(RunFailure) in
            let walker = ReachWalker(table: table, members: members, held: held)
            let file = channel.file
            try explained { () throws(SystemError) in
                for mount in shared {
                    for process in members + strangers {
                        for line in try walker.openFiles(of: mount, in: process) { try file.send(line) }
                    }
                }
                try walker.run(shared) { answer throws(SystemError) in try file.send(answer) }
            }
        }
        let lines = try received(child)
        try child.end()
        return lines ?? [InspectionLine("shared sources", [], .unseen, promise)]
    }

    static let promise = "read-only for the session, or out of its reach"

    /// nil where the last word did not come.
    private static func received(_ child: borrowing Child) throws(RunFailure) -> [InspectionLine]? {
        let end = monotonicMilliseconds() + Int(deadline)
        var lines: [InspectionLine] = []
        while true {
            let rest = Int32(max(0, end - monotonicMilliseconds()))
            do throws(SystemError) {
                guard let message = try child.channel.receive(within: rest) else { return nil }
                if message.isEmpty || message == [0] { return lines }
                let fields = message.split(separator: 0, omittingEmptySubsequences: false)
                    .map { String(decoding: $0, as: UTF8.self) }
                guard fields.count == 3, let mark = InspectionLine.Mark(rawValue: fields[1]) else { return nil }
                lines.append(InspectionLine(fields[0], [fields[2]], mark, promise))
            } catch {
                if error.reason == Errno(ETIMEDOUT) { return nil }
                throw RunFailure(error)
            }
        }
    }
}

/// What the copy of this process does: it finds the sources from outside, and then looks for them from the session's root.
struct ReachWalker {
    let table: [InspectedMount]
    let members: [ProcessFacts]
    /// The directories that the file servers hold.
    let held: Set<FileIdentity>

    func run(
        _ shared: [InspectedMount], _ tell: ([UInt8]) throws(SystemError) -> Void
    ) throws(SystemError) {
        let places = try shared.map { mount throws(SystemError) in (mount, try sourcePath(mount.source)) }
        let root = try enterSessionRoot()
        for (mount, place) in places {
            guard root, let place else {
                try tell(message("source \(mount.source)", .unseen, "it cannot be found by its name"))
                continue
            }
            for path in Set(aliases(of: place, in: table.map(\.entry)).map(\.path)).sorted() {
                let (mark, words) = reach(path, place)
                try tell(message("source \(mount.source) at \(path)", mark, words))
            }
        }
        try tell([0])
    }

    /// Fields of received lines are parted by NUL bytes.
    func message(_ item: String, _ mark: InspectionLine.Mark, _ words: String) -> [UInt8] {
        Array([item, mark.rawValue, words].joined(separator: "\0").utf8)
    }

    /// Where the source lies in its file system, by the name that berth gave the mount.
    private func sourcePath(_ name: String) throws(SystemError) -> SourcePath? {
        guard let directory = try sourceDirectory(name) else { return nil }
        return SourcePath.find(try SourcePlace(of: directory.file), in: try mountTable())
    }

    /// The directory that the name of a mount leads to; nil where this process does not get there, or no server holds it.
    func sourceDirectory(_ name: String) throws(SystemError) -> Descriptor? {
        do throws(SystemError) {
            let directory = try FileReference.workingDirectory.open(name, [.pathOnly, .directory])
            guard held.contains(try directory.status().identity) else { return nil }
            return directory
        } catch {
            if [ENOENT, EACCES, ENOTDIR, ELOOP].contains(error.reason.rawValue) { return nil }
            throw error
        }
    }

    /// Goes to the session's root, and becomes whoever is there as far as that can be.
    private func enterSessionRoot() throws(SystemError) -> Bool {
        for member in members {
            do throws(SystemError) {
                try ProcessDirectory(ProcessID(member.status.process)).place("root").enter()
                if Credentials.effectiveUser == 0 {
                    try Credentials.setSupplementaryGroups(member.status.supplementaryGroups)
                    try Credentials.setGroup(member.status.groups[1])
                    try Credentials.setUser(member.status.users[1])
                }
                return true
            } catch { continue }
        }
        return false
    }

    private func reach(_ path: String, _ source: SourcePath) -> (InspectionLine.Mark, String) {
        // A name that is not UTF-8 was changed on its way here: it would lead to nothing.
        if path.contains("\u{FFFD}") { return (.unseen, "its name is not UTF-8") }
        do throws(SystemError) {
            var place = try FileReference.workingDirectory.open(".", [.pathOnly, .directory])
            for name in path.split(separator: "/") { place = try place.open(String(name), [.pathOnly, .noFollow]) }
            let id = try place.mountID()
            guard let entry = table.first(where: { $0.entry.id == id })?.entry else { return (.unseen, "a new mount") }
            if entry.device != source.device { return (.holds, "covered") }
            return try place.mountOptions().contains(.readOnly) ? (.holds, "read-only") : (.broken, "writable")
        } catch {
            switch error.reason.rawValue {
            case EACCES, ENOENT, ENOTDIR: return (.holds, "out of reach: \(error.reason)")
            default: return (.unseen, error.description)
            }
        }
    }
}
