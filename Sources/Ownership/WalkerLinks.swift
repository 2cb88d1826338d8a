import Glibc
import Linux

/// The files with several links, when the whole tree has been seen.
extension Walker {
    mutating func settle(_ links: LinkTable) {
        // Directory by directory: each is opened once.
        let files = links.files.values.map { SettledFile($0) }.sorted { $0.directoryID < $1.directoryID }
        var directories = FoundDirectory(walk)
        for file in files { settle(file, &directories) }
    }

    private mutating func settle(_ file: SettledFile, _ directories: inout FoundDirectory) {
        let names = UInt64(file.links.names.count)
        if walk.isStopped { return report.left += names }
        do throws(Errno) {
            let place = file.place
            let directory = try directories.open(place)
            let entry = Descriptor(owning: try directory.openNumber(file.name.characters, O_PATH | O_NOFOLLOW))
            let status = try EntryStatus.of(entry.file)
            guard file.links.isUnchanged(status), status.mountID == mountID else { throw Errno(ESTALE) }
            guard case .change(let new) = ruling.decide(status.owner) else { throw Errno(ESTALE) }
            if mode == .check { return check(file, status, to: new) }
            if let reason = file.links.refusal(walkBegan: walk.began) { return refuseAll(file, .hardLinks, reason) }
            let before = report.changed
            change(entry.file, status, to: new, file.name, in: place)
            // Each of its names was an entry.
            if report.changed > before { report.changed += names - 1 } else { report.refused += names - 1 }
        } catch {
            let kind = refusal(error, nil, onNetwork: walk.fileSystem.isNetwork)
            refuseAll(file, kind.kind, "its links were changed while they were counted")
        }
    }

    private mutating func check(_ file: SettledFile, _ status: EntryStatus, to new: Owner) {
        let reason = file.links.refusal(walkBegan: walk.began)
        for path in file.paths {
            report.wrong += 1
            report.owners[status.owner, default: OwnerCount()].wrong += 1
            if reason != nil { report.countRefusal(.hardLinks) }
            list(.wrong, "belongs to \(status.owner), not to \(new)\(reason.map { "; " + $0 } ?? "")", path)
        }
    }

    private mutating func refuseAll(_ file: SettledFile, _ kind: RefusalKind, _ reason: String) {
        for path in file.paths { refuse(kind, reason, path) }
    }
}

/// A file with several links, and the one by which it is found again.
private struct SettledFile {
    let links: LinkTable.File
    let place: Place
    let name: EntryName

    init(_ links: LinkTable.File) {
        self.links = links
        // Any of them; there is one, or the file would not be in the table.
        let (name, place) = links.names.min { $0.key.directory.inode < $1.key.directory.inode }!
        self.place = place
        self.name = name.name
    }

    var directoryID: UInt64 { place.identity.inode }

    /// Every path that leads to it, in order.
    var paths: [[UInt8]] {
        links.names.map { $0.value.path(of: $0.key.name) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// The directory that was opened last, gone down to from the root, one component at a time, links not followed.
private struct FoundDirectory: ~Copyable {
    private let root: OpenDirectory
    private var opened: Descriptor?
    private var file = FileReference(-1)
    private var place: Place?

    init(_ walk: Walk) { root = walk.root }

    mutating func open(_ wanted: Place) throws(Errno) -> FileReference {
        if wanted === root.place { return root.descriptor.file }
        if place !== wanted {
            var next = Descriptor(owning: try root.descriptor.openNumber(".", O_PATH | O_DIRECTORY))
            for name in wanted.names.reversed() {
                next = Descriptor(owning: try next.openNumber(name.characters, O_PATH | O_NOFOLLOW | O_DIRECTORY))
            }
            file = next.file
            opened = consume next
            place = wanted
        }
        return file
    }
}
