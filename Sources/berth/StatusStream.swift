import Glibc
import Linux
import Plan

/// Where `--json-status-fd` goes: one object a line, one write(2) a line.
struct StatusStream: ~Copyable {
    private let file: Descriptor
    private let number: Int32
    /// After a failed write nothing more is written: the reader could not tell where a line begins.
    private var isBroken = false

    /// Takes a duplicate, so that the session keeps its descriptors 1 and 2; another number it does not get at all.
    init(descriptor number: Int32) throws(Refusal) {
        do { file = try duplicateForWriting(FileReference(number)) } catch {
            throw Refusal(
                "json-status-fd \(number): not a descriptor open for writing",
                hint: "open it when berth is started, as in \(number)>status.json")
        }
        self.number = number
    }

    /// Writes a line. A reader that has gone does not end the session: a warning, and silence from then on.
    mutating func write(_ record: FactValue) {
        guard !isBroken else { return }
        do { try file.writeRecord(Array((record.json + "\n").utf8)) } catch {
            isBroken = true
            complain("warning: json-status-fd \(number): \(error.reason)")
        }
    }
}

private func duplicateForWriting(_ given: FileReference) throws(SystemError) -> Descriptor {
    let flags = try given.statusFlags()
    guard flags & O_ACCMODE != O_RDONLY, flags & O_PATH == 0 else { throw SystemError("write", Errno(EBADF)) }
    if given.number > STDERR_FILENO { try given.closeOnExecution() }
    return try given.duplicate()
}
