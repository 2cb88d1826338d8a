import Glibc
import Linux

/// Undoes the walks of a record, on one thread.
struct Restorer: ~Copyable {
    private let walk: Walk
    private var walker: Walker
    /// What the numbers of the trees' devices have become.
    private var devices: [UInt64: UInt64] = [:]
    /// The directories of the section, by their number.
    private var places: [UInt64: Place] = [:]
    private var held = HeldDirectories()

    init(_ trees: [FileReference], _ options: RestoreOptions) throws(SystemError) {
        var walkOptions = WalkOptions()
        walkOptions.mode = options.mode
        walkOptions.deadline = options.deadline
        walkOptions.progress = options.progress
        walkOptions.calls = options.calls
        walkOptions.onFinding = options.onFinding
        // The record says who is to own what, not a rule.
        walk = try Walk(trees, .restoration, walkOptions)
        walker = Walker(walk)
    }

    var onlyChecks: Bool { walk.options.mode == .check }

    func isRoot(_ file: RecordedFile) -> Bool { tree(withRoot: file) != nil }

    /// The device's number may have changed since: another one is the same in the whole tree.
    private func tree(withRoot file: RecordedFile) -> WalkedTree? {
        walk.trees.first { $0.root.place.identity.inode == file.inode && $0.root.place.birth == file.birth }
    }

    /// Goes through a section to its end; false where not all could be put back, and those before it must wait.
    mutating func undo(_ section: RecordContents.Section, _ record: FileReference) throws(SystemError) -> Bool {
        devices = [:]
        places = [:]
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

    /// What has been put back stays so, though the record does not say it.
    func fail(_ error: SystemError) { walk.fail(error) }

    consuming func finish() -> WalkReport {
        walker.end()
        return walk.collected()
    }

    private mutating func add(_ number: UInt64, _ parent: UInt64, _ file: RecordedFile, _ name: [UInt8]) {
        if parent == 0, let root = tree(withRoot: file)?.root {
            places[number] = root.place
            devices[file.device] = root.place.identity.device
        }
        guard let name = EntryName(name), let parent = places[parent] else { return }
        places[number] = Place(name, in: parent, present(file))
    }

    /// The file with the number that its device has now.
    private func present(_ file: RecordedFile) -> RecordedFile {
        RecordedFile(device: devices[file.device] ?? file.device, inode: file.inode, birth: file.birth)
    }

    private mutating func undo(_ change: RecordedChange) {
        walker.report.entries += 1
        guard let place = places[change.directory] else { return }
        if walker.report.entries & 255 == 0 { walker.tell(place) }
        let name = EntryName(change.name)
        do throws(Errno) {
            let directory = try held.open(place, below: walk.tree(of: place).root, by: walk.options.calls)
            guard let name else { return try undo(change, directory, nil, place) }
            let entry = try walk.options.calls.openEntry(name.characters, in: directory)
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
        guard RecordedFile(status) == present(change.file), status.mountID == walk.tree(of: place).mountID else {
            return differ(name, place, "another file has its name by now")
        }
        switch status.owner {
        case change.old: walker.report.right += 1
        case change.new where onlyChecks:
            walker.report.wrong += 1
            walker.list(.wrong, "would be given back to \(change.old)", name, in: place)
        case change.new: walker.change(file, status, to: change.old, name, in: place)
        default: differ(name, place, "belongs to \(status.owner), and was given to \(change.new)")
        }
    }

    private mutating func differ(_ name: EntryName?, _ place: Place, _ reason: String) {
        walker.report.different += 1
        list(name, place, reason)
    }

    private mutating func list(_ name: EntryName?, _ place: Place, _ reason: String) {
        walker.list(.different, reason, name, in: place)
    }
}
