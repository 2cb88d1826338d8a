import CLinux
import Glibc

/// Locks of an open file description, not of this process: fcntl(2), "Open file description locks", and flock(2).
extension OpenFile where Self: ~Copyable {
    /// F_OFD_SETLK, or F_OFD_SETLKW: sets a lock on bytes of the file, changes its kind, or takes it away.
    ///
    /// EAGAIN where another's is in the way; with `waits`, EINTR if a signal comes before it has gone.
    package func setLock(_ lock: flock, waits: Bool) throws(Errno) {
        var wanted = lock
        wanted.l_pid = 0
        if fcntl(number, waits ? F_OFD_SETLKW : F_OFD_SETLK, &wanted) == -1 { throw Errno.current }
    }

    /// F_OFD_GETLK: the first lock that is in the way of this one, or F_UNLCK. Its process is -1 where the lock belongs to an
    /// open file description.
    package func lockInTheWay(of lock: flock) throws(Errno) -> flock {
        var asked = lock
        asked.l_pid = 0
        _ = try errnoCall { fcntl(number, F_OFD_GETLK, &asked) }
        return asked
    }

    /// flock(2): LOCK_SH, LOCK_EX or LOCK_UN, and LOCK_NB; EINTR if a signal ends the wait.
    package func lockWhole(_ operation: Int32) throws(Errno) {
        if flock(number, operation) == -1 { throw Errno.current }
    }
}

/// kill(2) with no signal: whether there still is such a process, dead but not yet waited for included. True where it cannot
/// be seen from here, and has no number.
package func processExists(_ number: pid_t) -> Bool {
    number <= 0 || kill(number, 0) == 0 || Errno.current != Errno(ESRCH)
}
