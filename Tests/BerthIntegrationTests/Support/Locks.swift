import Foundation
import Glibc
import Testing

/// The two kinds of lock: of fcntl(2), here on a whole file, and of flock(2).
enum LockKind: String, CaseIterable, Sendable { case record, whole }

/// A file that is open in this process, to be locked by its open file description: several of them exclude each other.
final class LockableFile {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        if descriptor < 0 { throw CommandError("open \(path): errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Without waiting: 0, or the error number.
    func lock(_ kind: LockKind, exclusive: Bool = true) -> Int32 {
        kind == .record
            ? record(exclusive ? F_WRLCK : F_RDLCK)
            : flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? 0 : errno
    }

    func unlock(_ kind: LockKind) -> Int32 {
        kind == .record ? record(F_UNLCK) : flock(descriptor, LOCK_UN) == 0 ? 0 : errno
    }

    private func record(_ type: Int32) -> Int32 {
        var wanted = Glibc.flock()
        wanted.l_type = Int16(type)
        // F_OFD_SETLK.
        return fcntl(descriptor, 37, &wanted) == 0 ? 0 : errno
    }
}

/// Somebody else who takes a lock and keeps it.
func lockingProcess(_ path: String, _ kind: LockKind, _ mode: String = "exclusive", waits: Bool) throws -> Running {
    try Command(
        Machine.program("session-probe"), "lock", path, kind.rawValue, mode, waits ? "wait" : "try"
    ).start()
}
