import Glibc
import Linux

/// One thread's share of a walk: it counts for itself, and touches what is shared once for each directory.
struct Walker: ~Copyable {
    let walk: Walk
    var report = WalkReport()
    /// Apart from `walk`, so that a decision counts no references.
    let ruling: Ruling
    let calls: TreeCalls
    let mode: WalkMode
    let isRecorded: Bool
    /// What waits for the record, and how many directories that keeps open.
    var pending: [PendingChange] = []
    var pendingDirectories = 0
    private let buffer: UnsafeMutableRawBufferPointer
    private var order: UnsafeMutableBufferPointer<Position>
    /// Subdirectories that were met.
    var found: [Work] = []
    /// Whether the next entry is likely to be wrong, since the last one was.
    var expectsWrong = false
    /// Whether it has found that all of a tree would be refused.
    var hasAbandoned = false
    /// What `walk.options.progress` knows already.
    private var told: (entries: UInt64, changed: UInt64, refused: UInt64) = (0, 0, 0)

    /// An entry in `buffer`.
    private struct Position {
        var inode: UInt64
        var offset: Int
    }

    private static let bufferSize = 65536
    /// The smallest record of getdents64(2) has 24 bytes.
    private static let mostEntries = bufferSize / 24
    /// Fewer bytes of records than these are not worth handing to another thread.
    private static let worthSharing = 8192
    private static let manySubdirectories = 1024

    init(_ walk: Walk) {
        self.walk = walk
        ruling = walk.ruling
        calls = walk.options.calls
        mode = walk.options.mode
        isRecorded = walk.options.record != nil
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 8)
        order = .allocate(capacity: Self.mostEntries)
    }

    deinit {
        buffer.deallocate()
        order.deallocate()
    }

    /// Does pieces of the walk until there are none. `pause` is called now and then.
    mutating func run(_ pause: () -> Void) {
        while let piece = takePiece() {
            perform(piece)
            // One of the subdirectories is this thread's own: down a long chain, no thread waits for another one.
            while let next = found.popLast(), !walk.isStopped {
                walk.queue.add(found)
                found.removeAll(keepingCapacity: true)
                pause()
                perform(next)
            }
            walk.queue.finish()
            pause()
        }
        end()
    }

    /// Nobody waits with work undone.
    private mutating func takePiece() -> Work? {
        if let piece = walk.queue.takeNow() { return piece }
        makePending()
        return walk.queue.take()
    }

    mutating func end() {
        makePending()
        walk.collect(report)
        report = WalkReport()
    }

    private mutating func perform(_ work: Work) {
        switch work {
        case .directory(let name, let parent): enter(name, in: parent)
        case .rest(let directory):
            walk.unpark()
            read(directory)
        case .entries(let records, let directory):
            records.withUnsafeBytes { look(at: DirectoryEntries($0), in: directory) }
            leave(directory)
        }
    }

    private mutating func enter(_ name: EntryName, in parent: OpenDirectory) {
        do throws(Errno) {
            let opened = try calls.openDirectory(name.characters, in: parent.descriptor.file)
            let status = try EntryStatus.of(opened.file)
            if status.mountID != parent.status.mountID {
                report.otherMounts += 1
                return
            }
            count(status)
            let place = Place(name, in: parent.place, status)
            read(OpenDirectory(opened, place, status))
        } catch {
            if error == Errno(EXDEV) { return report.otherMounts += 1 }
            refuse(error, nil, name, in: parent.place)
        }
    }

    /// Reads a directory to its end. Where others have nothing to do, they get what was read, and this thread reads on.
    private mutating func read(_ directory: OpenDirectory) {
        do throws(Errno) {
            while !walk.isStopped(at: directory.place) {
                let entries = try directory.descriptor.readEntries(into: buffer)
                if entries.isEmpty { return leave(directory) }
                if walk.queue.hasIdleThreads && entries.records.count > Self.worthSharing {
                    directory.addReader()
                    walk.queue.add(.entries(Array(entries.records), in: directory))
                } else {
                    look(at: entries, in: directory)
                }
                if found.count > Self.manySubdirectories && walk.park() {
                    // Those that were found are taken first: names of subdirectories do not pile up.
                    return found.insert(.rest(of: directory), at: 0)
                }
            }
            leave(directory)
        } catch { refuse(error, nil, directory.place) }
    }

    /// When nobody looks at a directory's entries any more, it is changed itself. A root waits for everything.
    private mutating func leave(_ directory: OpenDirectory) {
        tell(directory.place)
        guard directory.removeReader(), !directory.place.isRoot else { return }
        walk.isStopped(at: directory.place) ? abandon(directory) : settle(directory)
    }

    /// What the progress shows; and looks whether time is up.
    mutating func tell(_ place: Place) {
        walk.checkTime()
        guard let progress = walk.options.progress else { return }
        progress.add(
            entries: report.entries - told.entries, changed: report.changed - told.changed,
            refused: report.refused - told.refused, in: place)
        told = (report.entries, report.changed, report.refused)
    }

    /// In the order of their inodes, which is mostly that of the disk, and keeps threads out of each other's blocks.
    private mutating func look(at entries: DirectoryEntries, in directory: OpenDirectory) {
        let base = entries.records.baseAddress!
        var count = 0
        for entry in entries where !entry.isDotOrDotDot {
            let offset = UnsafeRawPointer(entry.name) - base
            order[count] = Position(inode: entry.inode, offset: offset)
            count += 1
        }
        order[..<count].sort { $0.inode < $1.inode }
        let file = directory.descriptor.file
        for index in 0..<count {
            if index & 255 == 255 {
                tell(directory.place)
                if walk.isStopped(at: directory.place) { return }
            }
            if hasAbandoned && walk.isStopped(at: directory.place) { return }
            // The type is the byte before the name.
            let record = base + order[index].offset
            let name = record.assumingMemoryBound(to: CChar.self)
            if (record - 1).load(as: UInt8.self) == DirectoryEntry.directoryType {
                found.append(.directory(EntryName(name), in: directory))
            } else {
                look(at: name, file, in: directory)
            }
        }
    }

    @inline(__always)
    private mutating func look(at name: CName, _ file: FileReference, in directory: OpenDirectory) {
        do throws(Errno) {
            if expectsWrong && !isRecorded {
                do { try lookByDescriptor(name, file, in: directory, counted: false) } catch {
                    if error != Errno(EXDEV) { throw error }
                    report.otherMounts += 1
                }
            } else {
                try lookByName(name, file, in: directory)
            }
        } catch { refuse(error, nil, EntryName(name), in: directory.place) }
    }

    private mutating func lookByName(_ name: CName, _ file: FileReference, in directory: OpenDirectory) throws(Errno) {
        let status = try EntryStatus.of(name, in: file)
        guard let new = judge(status, name, in: directory) else { return }
        if isRecorded {
            return add(
                PendingChange(
                    place: directory.place, name: EntryName(name), status: status, new: new, directory: directory))
        }
        try lookByDescriptor(name, file, in: directory, counted: true)
    }

    /// Looks at what the name leads to now, and changes that very file.
    private mutating func lookByDescriptor(
        _ name: CName, _ file: FileReference, in directory: OpenDirectory, counted: Bool
    ) throws(Errno) {
        let entry = try calls.openEntry(name, in: file)
        let status = try EntryStatus.of(entry.file)
        let judged = counted ? try judgeAgain(status, in: directory) : judge(status, name, in: directory)
        guard let new = judged else { return }
        change(entry.file, status, to: new, EntryName(name), in: directory.place)
    }
}
