import Glibc
import Linux

/// How a restoration goes about it.
package struct RestoreOptions: Sendable {
    /// With `check` nothing is changed, and only the last walk of the record that has not been undone is looked at: what
    /// would come of those before it depends on what that one gives back.
    package var mode = WalkMode.change
    /// When it ends in good order though it has not done everything.
    package var deadline: ContinuousClock.Instant?
    /// Shows how far it is, and stops it.
    package var progress: WalkProgress?
    /// How it opens what it looks for.
    package var calls = TreeCalls()
    /// Called for every finding.
    package var onFinding: (@Sendable (Finding) -> Void)?

    package init() {}
}

/// Gives back to their old owners the entries of trees that are still as recorded walks left them, the last walk first.
///
/// An entry is found by the path it had, gone down by descriptors, links not followed and mounts not crossed, and is the
/// same if its inode and time of birth are. In the report, `entries` are changes that the record holds, `changed` were
/// put back, `right` had their old owner, `different` are others now or belong to somebody else, `vanished` are gone.
/// A walk that has been undone wholly is noted as such in the record, which must be open to be written, too.
package func restore(
    trees: [FileReference], from record: consuming Descriptor, options: RestoreOptions
) throws(RecordFailure) -> WalkReport {
    let size = try claimRecord(record.file)
    defer { record.unlock() }
    let contents = try readContents(record.file, size: size)
    let restorer: Restorer
    do throws(SystemError) { restorer = try Restorer(trees, options) } catch { throw .system(error) }
    return try run(restorer, record.file, contents)
}

private func run(
    _ restorer: consuming Restorer, _ record: FileReference, _ contents: RecordContents
) throws(RecordFailure) -> WalkReport {
    var restorer = restorer
    for section in contents.sections {
        for root in section.roots where !restorer.isRoot(root) { throw .otherTree }
    }
    var end = contents.length
    do throws(SystemError) {
        for section in contents.sections.reversed() where !section.isUndone {
            guard try restorer.undo(section, record) else { break }
            if restorer.onlyChecks { break }
            var frame: [UInt8] = []
            RecordFrame.undone(section: UInt64(section.offset)).encode(to: &frame)
            do throws(SystemError) { try append(frame, to: record, at: &end) } catch {
                restorer.fail(error)
                break
            }
        }
    } catch { throw .system(error) }
    return restorer.finish()
}

/// Over what was left of an interrupted write.
private func append(_ frame: [UInt8], to record: FileReference, at end: inout Int) throws(SystemError) {
    do throws(Errno) {
        try record.truncate(to: end)
        _ = try record.seek(end, SEEK_SET)
    } catch { throw SystemError("ftruncate", on: "change record", error) }
    try record.write(frame)
    do { try record.flushToDisk(dataOnly: true) } catch { throw SystemError("fdatasync", on: "change record", error) }
    end += frame.count
}
