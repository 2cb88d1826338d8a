import Glibc
import Linux

/// Changes that are written down before they are made.
extension Walker {
    private static let mostPending = 1024
    private static let mostPendingDirectories = 128

    /// Makes the change, or has it wait until the record has it.
    mutating func add(_ change: PendingChange) {
        if change.name == nil || pending.last?.directory !== change.directory { pendingDirectories += 1 }
        pending.append(change)
        if pending.count >= Self.mostPending || pendingDirectories >= Self.mostPendingDirectories { makePending() }
    }

    /// Writes down what waits, and does it once that has reached the disk.
    mutating func makePending() {
        guard let record = walk.options.record, !pending.isEmpty else { return }
        let changes = pending
        pending.removeAll(keepingCapacity: true)
        pendingDirectories = 0
        if walk.isStopped { return report.left += UInt64(changes.count) }
        do throws(SystemError) { try record.commit(through: record.append(changes)) } catch {
            report.left += UInt64(changes.count)
            return walk.fail(error)
        }
        for change in changes { walk.isStopped(at: change.place) ? report.left += 1 : make(change) }
    }

    private mutating func make(_ pending: PendingChange) {
        guard let directory = pending.directory else { return }
        do throws(Errno) {
            guard let name = pending.name else { return try make(pending, directory.descriptor.file, in: directory) }
            let entry = try calls.openEntry(name.characters, in: directory.descriptor.file)
            try make(pending, entry.file, in: directory)
        } catch { refuse(error, nil, pending.name, in: pending.place) }
    }

    /// The record says of which file and of which owner: no other one will do.
    private mutating func make(
        _ pending: PendingChange, _ file: FileReference, in directory: OpenDirectory
    ) throws(Errno) {
        let status = try EntryStatus.of(file)
        if pending.name != nil, try judgeAgain(status, in: directory) == nil { return }
        guard RecordedFile(status) == RecordedFile(pending.status), status.owner == pending.status.owner else {
            throw Errno(ESTALE)
        }
        change(file, status, to: pending.new, pending.name, in: pending.place)
    }
}
