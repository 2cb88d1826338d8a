import Glibc
import Linux

/// Where a walk writes each change before it makes it.
///
/// Several threads write at once: what they wrote meanwhile reaches the disk with one fdatasync(2).
package final class ChangeRecord: @unchecked Sendable {
    // Sendable: everything that changes is touched within `monitor` alone, but for `file`, whose owner is the thread that flushes.
    private let file: Descriptor
    private let monitor = Monitor()
    private var buffer: [UInt8] = []
    private var places: UInt64 = 0
    /// How many bytes were given to `append`, and how many of those have reached the disk, in this section.
    private var written = 0
    private var durable = 0
    private var isFlushing = false
    private var failure: SystemError?
    /// Bytes of an interrupted write that were cut off; those changes had not been made.
    package let cutOff: Int

    /// Takes over a file that was opened to be read and written: an empty one, or a record that is to be added to. It is
    /// locked (flock(2)) as long as the record lives.
    package init(_ file: consuming Descriptor) throws(RecordFailure) {
        let size = try claimRecord(file.file)
        let contents = size == 0 ? RecordContents() : try readContents(file.file, size: size)
        do throws(Errno) {
            if contents.torn > 0 { try file.truncate(to: contents.length) }
            _ = try file.seek(contents.length, SEEK_SET)
        } catch { throw .system(SystemError("ftruncate", on: "change record", error)) }
        cutOff = contents.torn
        self.file = file
    }

    deinit { file.unlock() }

    /// Begins a section for a walk of the trees with these roots.
    func begin(_ roots: [Place], time: Int64) throws(SystemError) {
        let section = RecordSection(version: RecordFrame.version, time: time)
        let end = monitor.locked {
            places = 0
            RecordFrame.section(section).encode(to: &buffer)
            for root in roots { number(root) }
            written += buffer.count
            return written
        }
        try commit(through: end)
    }

    /// Adds changes that are to be made: what to hand to `commit` before they are.
    func append(_ changes: [PendingChange]) -> Int {
        monitor.locked {
            let before = buffer.count
            for change in changes {
                number(change.place)
                RecordFrame.change(RecordedChange(change)).encode(to: &buffer)
            }
            written += buffer.count - before
            return written
        }
    }

    /// Returns when everything up to there has reached the disk.
    func commit(through end: Int) throws(SystemError) {
        while true {
            let piece: [UInt8]? = monitor.locked {
                while isFlushing && durable < end && failure == nil { monitor.wait() }
                if durable >= end || failure != nil { return nil }
                isFlushing = true
                defer { buffer = [] }
                return buffer
            }
            guard let piece else { break }
            flush(piece)
        }
        if let failure = monitor.locked({ failure }) { throw failure }
    }

    /// Notes how the walk ended. That this is missing tells of a walk that was killed.
    func end(_ report: WalkReport) throws(SystemError) {
        let end = monitor.locked {
            let before = buffer.count
            RecordFrame.ended(
                report.ending, entries: report.entries, changed: report.changed, refused: report.refused
            ).encode(to: &buffer)
            written += buffer.count - before
            return written
        }
        try commit(through: end)
    }

    private func flush(_ piece: [UInt8]) {
        var problem: SystemError?
        do throws(SystemError) {
            try file.write(piece)
            do { try file.flushToDisk(dataOnly: true) } catch {
                throw SystemError("fdatasync", on: "change record", error)
            }
        } catch { problem = error }
        monitor.locked {
            isFlushing = false
            failure = problem
            durable += piece.count
            monitor.wakeAll()
        }
    }

    /// Gives the place, and those above it, a number in this section; their frames come before any that use it.
    private func number(_ place: Place) {
        var chain: [Place] = []
        var next: Place? = place
        while let current = next, current.recordNumber == 0 {
            chain.append(current)
            next = current.parent
        }
        for place in chain.reversed() {
            places += 1
            place.recordNumber = places
            let file = RecordedFile(device: place.identity.device, inode: place.identity.inode, birth: place.birth)
            let name = place.parent == nil ? [] : place.name.bytes
            RecordFrame.place(number: places, parent: place.parent?.recordNumber ?? 0, file, name: name)
                .encode(to: &buffer)
        }
    }
}

/// A change that has been decided, and waits until the record has it.
struct PendingChange {
    /// Of the directory that holds the entry, or of the entry itself.
    let place: Place
    /// nil where the place itself is meant.
    let name: EntryName?
    let status: EntryStatus
    let new: Owner
    /// Open as long as the change is to be made; nil where it is found again by its place.
    let directory: OpenDirectory?
}

extension RecordedChange {
    fileprivate init(_ change: PendingChange) {
        directory = change.place.recordNumber
        file = RecordedFile(change.status)
        old = change.status.owner
        new = change.new
        mode = UInt32(change.status.mode)
        name = change.name?.bytes ?? []
    }
}
