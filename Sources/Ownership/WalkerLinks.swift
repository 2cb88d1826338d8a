import Glibc
import Linux

/// The files with several links, when the whole tree has been seen.
extension Walker {
    mutating func settle(_ links: LinkTable) {
        // Directory by directory: each is opened once.
        let files = links.files.values.map { SettledFile($0) }.sorted { $0.directoryID < $1.directoryID }
        var directories = FoundDirectory(walk)
        let batch = 1024
        for start in stride(from: 0, to: files.count, by: batch) {
            let rightful = files[start..<min(start + batch, files.count)].filter { mayChange($0) }
            if !rightful.isEmpty && record(rightful) { for file in rightful { change(file, &directories) } }
        }
    }

    /// Whether its owner is to be changed now, as far as the walk has seen it.
    private mutating func mayChange(_ file: SettledFile) -> Bool {
        if mode == .check {
            check(file)
        } else if walk.isStopped(at: file.place) {
            report.left += file.count
        } else if let reason = file.links.refusal(walkBegan: walk.began) {
            refuseAll(file, .hardLinks, reason)
        } else {
            return true
        }
        return false
    }

    /// Writes the changes down, each by every name of the file; false where that failed.
    private mutating func record(_ files: [SettledFile]) -> Bool {
        guard let record = walk.options.record else { return true }
        do throws(SystemError) { try record.commit(through: record.append(files.flatMap { $0.changes(ruling) })) } catch
        {
            for file in files { report.left += file.count }
            walk.fail(error)
            return false
        }
        return true
    }

    private mutating func change(_ file: SettledFile, _ directories: inout FoundDirectory) {
        do throws(Errno) {
            let directory = try directories.open(file.place)
            let entry = try walk.options.calls.openEntry(file.name.characters, in: directory)
            let status = try EntryStatus.of(entry.file)
            guard file.links.isUnchanged(status), status.mountID == walk.tree(of: file.place).mountID,
                status.owner == file.links.status.owner,
                case .change(let new) = ruling.decide(status.owner)
            else { throw Errno(ESTALE) }
            let before = report.changed
            change(entry.file, status, to: new, file.name, in: file.place)
            // Each of its names was an entry.
            if report.changed > before { report.changed += file.count - 1 } else { report.refused += file.count - 1 }
        } catch {
            let kind = refusal(error, nil, onNetwork: walk.tree(of: file.place).fileSystem.isNetwork).kind
            refuseAll(file, kind, "its links were changed while they were counted")
        }
    }

    private mutating func check(_ file: SettledFile) {
        let reason = file.links.refusal(walkBegan: walk.began)
        let status = file.links.status
        guard case .change(let new) = ruling.decide(status.owner) else { return }
        for (place, name) in file.places {
            report.wrong += 1
            report.owners[status.owner, default: OwnerCount()].wrong += 1
            if reason != nil { report.countRefusal(.hardLinks) }
            let detail = "belongs to \(status.owner), not to \(new)\(reason.map { "; " + $0 } ?? "")"
            list(.wrong, detail, name, in: place, obstacle: reason == nil ? nil : .hardLinks)
        }
    }

    private mutating func refuseAll(_ file: SettledFile, _ kind: RefusalKind, _ reason: String) {
        for (place, name) in file.places { refuse(kind, reason, name, in: place) }
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

    var count: UInt64 { UInt64(links.names.count) }

    func changes(_ ruling: Ruling) -> [PendingChange] {
        guard case .change(let new) = ruling.decide(links.status.owner) else { return [] }
        return links.names.map { name, place in
            PendingChange(place: place, name: name.name, status: links.status, new: new, directory: nil)
        }
    }

    var directoryID: UInt64 { place.identity.inode }

    /// Every place that leads to it.
    var places: [(place: Place, name: EntryName)] { links.names.map { ($0.value, $0.key.name) } }
}

/// The directory that was opened last, gone down to from its root, one component at a time, links not followed.
private struct FoundDirectory: ~Copyable {
    private let walk: Walk
    private var opened: Descriptor?
    private var file = FileReference(-1)
    private var place: Place?

    init(_ walk: Walk) { self.walk = walk }

    mutating func open(_ wanted: Place) throws(Errno) -> FileReference {
        let root = walk.tree(of: wanted).root
        if wanted === root.place { return root.descriptor.file }
        if place !== wanted {
            var next = try walk.options.calls.openEntry(".", in: root.descriptor.file)
            for name in wanted.names.reversed() {
                next = try walk.options.calls.openEntry(name.characters, in: next.file)
            }
            file = next.file
            opened = consume next
            place = wanted
        }
        return file
    }
}
