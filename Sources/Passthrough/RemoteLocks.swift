import Fuse
import Glibc
import Linux

/// Who keeps the locks on the files of a mount.
package enum LockPlace: String, Sendable, CaseIterable {
    /// The kernel, for this mount alone.
    case local
    /// The source: whoever uses it, through another mount or directly, sees them, and theirs are seen here.
    case remote
}

/// Requests about locks, which the source keeps.
///
/// A record lock of fcntl(2) belongs to a process, and this one stands for all of them: so each owner of locks on a file has
/// an open file description of its own there, whose locks are its own (F_OFD_SETLK). It has been opened for both reading and
/// writing where that is allowed, since one owner may lock by several handles. A lock of flock(2) belongs to the caller's
/// open file description, and so to that of its handle.
extension PassthroughFileSystem {
    func lockInTheWay(_ number: NodeNumber, _ file: OpenFileState, of lock: flock) throws(Errno) -> flock {
        let handle = try handleForLock(number, file)
        let owner = LockOwner(node: number, number: file.lock_owner)
        let own = locks.use(owner)
        defer { if own != nil { locks.finish(owner) } }
        var found = try (own ?? handle).lockInTheWay(of: lock)
        // Only who is in the way in this mount can be named.
        if found.l_type != F_UNLCK && found.l_pid <= 0 { found.l_pid = try process(holding: found, besides: owner) }
        return found
    }

    func setLock(
        _ number: NodeNumber, _ file: OpenFileState, _ lock: flock, _ conflict: LockConflict
    ) throws(Errno) {
        let handle = try handleForLock(number, file)
        let owner = LockOwner(node: number, number: file.lock_owner)
        if lock.l_type == F_UNLCK { return try unlock(owner, lock) }
        let own = if let own = locks.use(owner) { own } else { try describe(owner, handle, file.fh, lock) }
        locks.note(owner, file.fh, process: lock.l_pid)
        defer { locks.finish(owner) }
        try withPatience(conflict, locks.others(than: owner).map(\.rival)) { () throws(Errno) in
            do throws(Errno) { try own.setLock(lock, waits: conflict == .waits) } catch {
                // The file could not be opened for that when the owner first asked.
                throw error == Errno(EBADF) ? Errno(ENOLCK) : error
            }
        }
        lockWasGranted(number)
    }

    func lockWhole(
        _ number: NodeNumber, _ file: OpenFileState, _ operation: Int32, _ conflict: LockConflict, caller: pid_t
    ) throws(Errno) {
        guard [LOCK_SH, LOCK_EX, LOCK_UN].contains(operation) else { throw Errno(EINVAL) }
        let handle = try handleForLock(number, file)
        if conflict == .waits {
            // The handle's number may be another file's by the time a wait goes on.
            let own: Descriptor
            do throws(SystemError) { own = try handle.duplicate() } catch { throw Errno(ENOLCK) }
            try own.lockWhole(operation)
        } else {
            try withPatience(conflict, locks.otherLockers(than: file.fh, of: number)) { () throws(Errno) in
                try handle.lockWhole(operation | LOCK_NB)
            }
        }
        locks.noteWhole(file.fh, of: number, process: operation == LOCK_UN ? 0 : caller)
        if operation != LOCK_UN { lockWasGranted(number) }
    }

    func closeEndsLocks(_ number: NodeNumber, _ file: OpenFileState) {
        guard settings.locks == .remote else { return }
        locks.noteClose(file.fh, of: number)
        let everything = flock(
            l_type: Int16(F_UNLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        // The description is closed all the same, which ends its locks wherever it is not a handle's own.
        do throws(Errno) { try unlock(LockOwner(node: number, number: file.lock_owner), everything) } catch { return }
    }

    /// Nothing is locked by descriptors that are no handle.
    private func handleForLock(_ number: NodeNumber, _ file: OpenFileState) throws(Errno) -> FileReference {
        guard settings.locks == .remote else { throw Errno(ENOSYS) }
        return try handles.find(file, of: number)
    }

    private func unlock(_ owner: LockOwner, _ lock: flock) throws(Errno) {
        guard let own = locks.use(owner) else { return }
        defer { locks.finish(owner, ending: lock.l_start == 0 && lock.l_len == 0) }
        try own.setLock(lock, waits: false)
    }

    /// What was read before the lock was had may be what somebody else has changed since, as with close-to-open of nfs(5).
    private func lockWasGranted(_ number: NodeNumber) {
        if settings.cache == .auto { invalidateAttributes(of: number) }
    }
}

extension PassthroughFileSystem {
    /// Opens the file of a handle once more, for an owner that has no description yet.
    private func describe(
        _ owner: LockOwner, _ handle: FileReference, _ number: UInt64, _ lock: flock
    ) throws(Errno) -> FileReference {
        let least = lock.l_type == F_WRLCK ? O_WRONLY : O_RDONLY
        for mode in readOnly ? [O_RDONLY] : [O_RDWR, least] {
            do throws(Errno) {
                return locks.add(Descriptor(owning: try openAgain(handle, mode)), of: owner)
            } catch {
                if [EMFILE, ENFILE].contains(error.rawValue) { throw Errno(ENOLCK) }
                // A directory's lock never gets here.
                if error == Errno(EISDIR) { throw Errno(EBADF) }
                if ![EACCES, EPERM, EROFS, ETXTBSY].contains(error.rawValue) { throw error }
            }
        }
        // Whoever made the file may have made it so that nobody can open it: one owner can still lock it.
        if locks.isLent(number, of: owner.node) { throw Errno(ENOLCK) }
        do throws(SystemError) {
            return locks.add(try handle.duplicate(), of: owner, lent: number)
        } catch { throw Errno(ENOLCK) }
    }

    private func openAgain(_ handle: FileReference, _ mode: Int32) throws(Errno) -> Int32 {
        try withPath(of: handle) { (path) throws(Errno) in
            try openSparing(.workingDirectory, path, mode | O_NONBLOCK | O_NOCTTY)
        }
    }

    /// Which process of the mount's callers a lock belongs to: the one whose own description does not find it in its way.
    private func process(holding lock: flock, besides asking: LockOwner) throws(Errno) -> pid_t {
        var probe = lock
        probe.l_type = Int16(F_WRLCK)
        for (owner, rival) in locks.others(than: asking) {
            guard let own = locks.use(owner) else { continue }
            defer { locks.finish(owner) }
            let found = try own.lockInTheWay(of: probe)
            let isAnothers =
                found.l_type == lock.l_type && found.l_start == lock.l_start && found.l_len == lock.l_len
            if !isAnothers { return rival.process }
        }
        return 0
    }

    /// Runs `body`; where another's lock is in the way that is about to go, again for a moment.
    private func withPatience(
        _ conflict: LockConflict, _ rivals: @autoclosure () -> [LockRival], _ body: () throws(Errno) -> Void
    ) throws(Errno) {
        var naps = 0
        while true {
            let closings = locks.closings
            let rivals = rivals()
            do throws(Errno) { return try body() } catch {
                guard error == Errno(EAGAIN), conflict == .refuses, naps < Self.mostNaps,
                    rivals.contains(where: \.isLeaving) || locks.isClosing(since: closings)
                else { throw error }
                naps += 1
                usleep(100)
            }
        }
    }

    /// Some twenty milliseconds.
    private static let mostNaps = 150
}
