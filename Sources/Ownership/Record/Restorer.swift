import Glibc
import Linux

/// Undoes the walks of a record, on one thread.
struct Restorer: ~Copyable {
    private let walk: Walk
    private var walker: Walker
    private var root = RecordedFile(device: 0, inode: 0, birth: 0)
    /// The directories of the section, by their number.
    private var places: [UInt64: Place] = [:]
    private var held = HeldDirectories()

    init(_ root: FileReference, _ options: RestoreOptions) throws(SystemError) {
        var walkOptions = WalkOptions()
        walkOptions.mode = options.mode
        walkOptions.deadline = options.deadline
        walkOptions.progress = options.progress
        walkOptions.onFinding = options.onFinding
        // The record says who is to own what, not a rule.
        walk = try Walk(root, .restoration, walkOptions)
        walker = Walker(walk)
    }

    var onlyChecks: Bool { walk.options.mode == .check }

    /// The device's number may have changed since: it is the same as that of the root.
    func isRoot(_ file: RecordedFile) -> Bool {
        file.inode == walk.root.status.identity.inode && file.birth == walk.root.status.birth
    }

    /// Goes through a section to its end; false where not all could be put back, and those before it must wait.
    mutating func undo(_ section: RecordContents.Section, _ record: FileReference) throws(SystemError) -> Bool {
        root = section.head.root
        places = [1: walk.root.place]
        held = HeldDirectories()
        let refusedBefore = walker.report.refused
        var reader = RecordReader(record, from: section.offset)
        _ = try reader.next()
        while !walk.isStopped, let frame = try reader.next() {
            switch frame {
            case .section: return walker.report.refused == refusedBefore
            case .place(let number, let parent, let file, let name): add(number, parent, file, name)
            case .change(let change): undo(change)
            case .ended, .undone: break
            }
        }
        return !walk.isStopped && walker.report.refused == refusedBefore
    }

    consuming func finish() -> WalkReport {
        walker.end()
        return walk.collected()
    }

    private mutating func add(_ number: UInt64, _ parent: UInt64, _ file: RecordedFile, _ name: [UInt8]) {
        guard let name = EntryName(name), let parent = places[parent] else { return }
        places[number] = Place(name, in: parent, present(file))
    }

    /// The file with the number that its device has now.
    private func present(_ file: RecordedFile) -> RecordedFile {
        let device = file.device == root.device ? walk.root.status.identity.device : file.device
        return RecordedFile(device: device, inode: file.inode, birth: file.birth)
    }

    private mutating func undo(_ change: RecordedChange) {
        walker.report.entries += 1
        guard let place = places[change.directory] else { return }
        if walker.report.entries & 255 == 0 { walker.tell(place) }
        let name = EntryName(change.name)
        do throws(Errno) {
            let directory = try held.open(place, below: walk.root)
            guard let name else { return try undo(change, directory, nil, place) }
            let entry = Descriptor(owning: try directory.openNumber(name.characters, O_PATH | O_NOFOLLOW))
            try undo(change, entry.file, name, place)
        } catch {
            switch error {
            case Errno(ENOENT):
                walker.report.vanished += 1
                list(name, place, "it is no longer there")
            case Errno(ESTALE), Errno(ENOTDIR), Errno(ELOOP): differ(name, place, "its directory is another one by now")
            default: walker.refuse(error, nil, name, in: place)
            }
        }
    }

    private mutating func undo(
        _ change: RecordedChange, _ file: FileReference, _ name: EntryName?, _ place: Place
    ) throws(Errno) {
        let status = try EntryStatus.of(file)
        guard RecordedFile(status) == present(change.file), status.mountID == walker.mountID else {
            return differ(name, place, "another file has its name by now")
        }
        switch status.owner {
        case change.old: walker.report.right += 1
        case change.new where onlyChecks:
            walker.report.wrong += 1
            walker.list(.wrong, "would be given back to \(change.old)", path(name, place))
        case change.new: walker.change(file, status, to: change.old, name, in: place)
        default: differ(name, place, "belongs to \(status.owner), and was given to \(change.new)")
        }
    }

    private mutating func differ(_ name: EntryName?, _ place: Place, _ reason: String) {
        walker.report.different += 1
        list(name, place, reason)
    }

    private mutating func list(_ name: EntryName?, _ place: Place, _ reason: String) {
        walker.list(.different, reason, path(name, place))
    }
}

private func path(_ name: EntryName?, _ place: Place) -> [UInt8] { name.map { place.path(of: $0) } ?? place.path }
