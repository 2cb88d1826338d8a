import Linux
import Plan

/// Refuses descriptors that are not open, before berth opens any that could have their numbers; and keeps the open ones from
/// every program but the command.
package func holdPreserved(_ numbers: [Int32]) throws(RunFailure) {
    for number in numbers where number > 2 {
        do throws(SystemError) { try FileReference(number).closeOnExecution() } catch {
            throw RunFailure(
                "preserve-fd \(number): \(error.reason)", hint: "open it when berth is started, as in \(number)<file")
        }
    }
}

/// Refuses descriptors by which a session could get round what it is promised to be kept to, 0 to 2 among them.
///
/// A file's descriptor is a file, but a directory's is a way: `..` leads on from it to the root of the namespace that it
/// was opened in, where nothing is covered and nothing read-only (CVE-2024-21626).
func refuseDescriptors(_ plan: RunPlan, _ sources: borrowing HeldSources) throws(RunFailure) {
    let table = sources.table
    var shared: [SharedFiles] = []
    for (index, mount) in plan.mounts.enumerated() where mount.kind == .shared {
        let place = sources.places[index]
        shared.append(SharedFiles(name: mount.source, directory: sources[index], place: place, in: table))
    }
    let own = try explained { () throws(SystemError) in try ProcessDirectory(.current) }
    for number in Set([0, 1, 2] + plan.session.preservedDescriptors).sorted() {
        let found = try explained { () throws(SystemError) in
            HandedDescriptor(
                facts: DescriptorFacts(
                    number: number, target: try own.link("fd/\(number)"), file: try own.known("fd/\(number)")),
                isPlaceOnly: try FileReference(number).isPlaceOnly())
        }
        if let danger = found.danger(shared, table) {
            throw RunFailure("descriptor \(number) is \(danger.what)", hint: danger.cure)
        }
    }
}

/// A descriptor that the command is to get.
private struct HandedDescriptor {
    let facts: DescriptorFacts
    let isPlaceOnly: Bool

    /// What must not be handed over about it, and what to do instead; nil where nothing is.
    func danger(_ shared: [SharedFiles], _ table: [MountEntry]) -> (what: String, cure: String)? {
        switch facts.file?.kind {
        case .directory:
            return ("a directory, by which a session could leave its mounts", "show it with --home or --shared")
        case .blockDevice:
            return ("a block device, which holds whole file systems", "hand over what is to be read as a pipe")
        default: break
        }
        if facts.isFuseDevice {
            return ("the FUSE device, by which a session could answer as a file server", "open it elsewhere")
        }
        if isPlaceOnly { return ("a place in the tree (O_PATH), and no open file", "open the file itself") }
        if !hasHarmlessName {
            return ("'\(facts.target)', which may reach further than a file", "hand over a file, a pipe or a socket")
        }
        guard let file = facts.file, file.kind == .regular,
            let source = shared.first(where: { $0.hold(file, at: facts.target, table) })
        else { return nil }
        return (
            "a file of the shared source '\(source.name)', which a session could open again for writing, by /proc/self/fd",
            "hand it over as a pipe: cat FILE | berth …"
        )
    }

    /// The kernel's own texts for what has no path: namespaces, processes, rings and the like are left out.
    private var hasHarmlessName: Bool {
        let harmless = ["/", "(unreachable)/", "pipe:[", "socket:["]
        let anonymous = ["[eventfd]", "[eventpoll]", "[timerfd]", "[signalfd]", "inotify"].map { "anon_inode:" + $0 }
        return harmless.contains { facts.target.hasPrefix($0) } || anonymous.contains(facts.target)
    }
}
