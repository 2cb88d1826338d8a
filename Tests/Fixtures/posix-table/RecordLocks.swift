import CRawCalls
import Glibc

/// A record lock of fcntl(2) on bytes of a file.
func record(_ kind: Int32, _ start: off_t = 0, _ length: off_t = 0, from whence: Int32 = SEEK_SET) -> Glibc.flock {
    Glibc.flock(l_type: Int16(kind), l_whence: Int16(whence), l_start: start, l_len: length, l_pid: 0)
}

func lock(
    _ file: Int32, _ kind: Int32, _ start: off_t = 0, _ length: off_t = 0, from whence: Int32 = SEEK_SET,
    command: Int32 = F_SETLK
) -> Int32 {
    var wanted = record(kind, start, length, from: whence)
    return raw_lock(file, command, &wanted)
}

/// What F_GETLK tells of who is in the way.
func conflict(
    _ file: Int32, _ kind: Int32 = F_WRLCK, _ start: off_t = 0, _ length: off_t = 0, command: Int32 = F_GETLK
)
    throws -> Glibc.flock
{
    var asked = record(kind, start, length)
    try must("F_GETLK", raw_lock(file, command, &asked))
    return asked
}

/// Opens the file in a second process and goes on there.
func fromAnother(_ at: Scratch, _ body: (Int32) throws -> Void) throws {
    try inChild { try body(try must("open", at.open("a", O_RDWR))) }
}

/// A child that takes a lock, says so, and holds it until it is told to end by the end of the block.
private func whileChild(_ takes: () throws -> Void, _ body: () throws -> Void) throws {
    var said: [Int32] = [0, 0]
    var told: [Int32] = [0, 0]
    try must("pipe", pipe(&said))
    try must("pipe", pipe(&told))
    let child = try must("fork", fork())
    if child == 0 {
        close(told[1])
        do { try takes() } catch { _exit(1) }
        var byte: UInt8 = 1
        _exit(write(said[1], &byte, 1) == 1 && read(told[0], &byte, 1) == 0 ? 0 : 1)
    }
    close(said[1])
    defer {
        close(told[1])
        waitpid(child, nil, 0)
        close(said[0])
        close(told[0])
    }
    var byte: UInt8 = 0
    try expectEqual("the other process is ready", try must("read", read(said[0], &byte, 1)), 1)
    try body()
}

/// Runs the block while signals come that interrupt whatever waits.
func interrupted(after microseconds: Int, _ body: () throws -> Void) throws {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    var before = sigaction()
    try must("sigaction", sigaction(SIGALRM, &action, &before))
    var timer = itimerval(
        it_interval: timeval(tv_sec: 0, tv_usec: 20_000), it_value: timeval(tv_sec: 0, tv_usec: microseconds))
    try must("setitimer", setitimer(__itimer_which(ITIMER_REAL.rawValue), &timer, nil))
    defer {
        var none = itimerval()
        setitimer(__itimer_which(ITIMER_REAL.rawValue), &none, nil)
        sigaction(SIGALRM, &before, nil)
    }
    try body()
}

let recordLockChecks: [Check] = [
    Check("record-lock-of-nobody-is-told-as-free") { at in
        let file = try at.create("a")
        defer { close(file) }
        try expectEqual("kind", Int32(try conflict(file).l_type), F_UNLCK)
        try must("fcntl", lock(file, F_WRLCK))
        try expectEqual("one's own", Int32(try conflict(file).l_type), F_UNLCK)
    },
    Check("record-lock-is-split-in-the-middle") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK, 0, 30))
        try must("unlock", lock(file, F_UNLCK, 10, 10))
        try fromAnother(at) { other in
            try must("the middle", lock(other, F_WRLCK, 10, 10))
            let first = try conflict(other, F_WRLCK, 0, 100)
            try expectEqual("first", [first.l_start, first.l_len], [0, 10])
            let second = try conflict(other, F_WRLCK, 15, 100)
            try expectEqual("second", [second.l_start, second.l_len], [20, 10])
        }
    },
    Check("record-locks-side-by-side-become-one") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK, 0, 10))
        try must("lock", lock(file, F_WRLCK, 10, 10))
        try fromAnother(at) { other in
            let found = try conflict(other, F_WRLCK, 5, 1)
            try expectEqual("range", [found.l_start, found.l_len], [0, 20])
        }
    },
    Check("record-lock-goes-down-and-up") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("write", lock(file, F_WRLCK))
        try must("down to read", lock(file, F_RDLCK))
        try fromAnother(at) { other in
            try must("read", lock(other, F_RDLCK))
            try expectEqual("kind", Int32(try conflict(other).l_type), F_RDLCK)
        }
        try must("up to write", lock(file, F_WRLCK))
    },
    Check("record-lock-from-the-offset-and-the-end") { at in
        let file = try at.create("a", holding: "0123456789")
        defer { close(file) }
        try must("lseek", lseek(file, 4, SEEK_SET))
        try must("from the offset", lock(file, F_WRLCK, 1, 2, from: SEEK_CUR))
        try must("from the end", lock(file, F_WRLCK, -1, 1, from: SEEK_END))
        try must("backwards", lock(file, F_WRLCK, 3, -2))
        try fromAnother(at) { other in
            let places = try [5, 9, 1].map { try conflict(other, F_WRLCK, $0, 1).l_start }
            try expectEqual("places", places, [5, 9, 1])
            try expectEqual("between", Int32(try conflict(other, F_WRLCK, 7, 2).l_type), F_UNLCK)
        }
    },
    Check("record-lock-without-an-end-covers-growth") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK, 100, 0))
        try fromAnother(at) { other in
            try must("before it", lock(other, F_WRLCK, 0, 100))
            try refused("far behind", with: EAGAIN, EACCES, by: lock(other, F_RDLCK, 6 << 30, 1))
        }
    },
    Check("record-lock-wants-the-matching-descriptor") { at in
        try at.file("a")
        let reading = try must("open", at.open("a", O_RDONLY))
        let writing = try must("open", at.open("a", O_WRONLY))
        defer {
            close(reading)
            close(writing)
        }
        try refused("write lock", with: EBADF, by: lock(reading, F_WRLCK))
        try refused("read lock", with: EBADF, by: lock(writing, F_RDLCK))
        try must("read lock", lock(reading, F_RDLCK))
    },
    Check("record-lock-with-bad-numbers") { at in
        let file = try at.create("a")
        defer { close(file) }
        try refused("before the start", with: EINVAL, by: lock(file, F_WRLCK, -1, 1))
        try refused("no kind", with: EINVAL, by: lock(file, 77))
        try refused("backwards past the start", with: EINVAL, by: lock(file, F_WRLCK, 1, -2))
    },
    Check("record-lock-is-not-inherited") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK))
        try inChild { try refused("in the child", with: EAGAIN, EACCES, by: lock(file, F_WRLCK)) }
    },
    Check("record-lock-deadlock-is-told") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK, 0, 1))
        var ends: [Int32] = [0, 0]
        try must("pipe", pipe(&ends))
        defer { ends.forEach { close($0) } }
        let child = try must("fork", fork())
        if child == 0 {
            if lock(file, F_WRLCK, 1, 1) != 0 || write(ends[1], "x", 1) != 1 { _exit(1) }
            let answer = lock(file, F_WRLCK, 0, 1, command: F_SETLKW)
            _exit(answer == 0 ? 0 : errno == EDEADLK ? 2 : 1)
        }
        var byte: UInt8 = 0
        try must("read", read(ends[0], &byte, 1))
        // Whoever comes second is told; the other then gets its lock.
        var reason: Int32 = 0
        // Where nobody is told, this one does not wait for ever.
        try interrupted(after: 900_000) {
            reason = lock(file, F_WRLCK, 1, 1, command: F_SETLKW) == -1 ? errno : 0
        }
        let told = reason != 0
        try must("unlock", lock(file, F_UNLCK))
        var status: Int32 = 0
        waitpid(child, &status, 0)
        if told { try expectEqual("errno", reason, EDEADLK) }
        try expectEqual("the other's status", raw_exit_status(status), told ? 0 : 2)
    },
    Check("record-lock-wait-is-interrupted") { at in
        let file = try at.create("a")
        defer { close(file) }
        try whileChild({ try must("lock", lock(file, F_WRLCK)) }) {
            try interrupted(after: 50_000) {
                try refused("lock", with: EINTR, by: lock(file, F_WRLCK, command: F_SETLKW))
            }
        }
        try must("afterwards", lock(file, F_WRLCK))
    },
    Check("record-lock-through-another-name") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("link", link(at("a"), at("b")))
        try must("lock", lock(file, F_WRLCK))
        try inChild {
            let other = try must("open", at.open("b", O_RDWR))
            try refused("lock", with: EAGAIN, EACCES, by: lock(other, F_WRLCK))
        }
        try must("rename", rename(at("a"), at("c")))
        try inChild {
            let other = try must("open", at.open("c", O_RDWR))
            try refused("lock", with: EAGAIN, EACCES, by: lock(other, F_WRLCK))
        }
    },
    Check("record-lock-of-a-file-that-may-not-be-opened") { at in
        let file = try at.create("a", mode: 0)
        defer { close(file) }
        try must("write lock", lock(file, F_WRLCK, 0, 10))
        try must("read lock", lock(file, F_RDLCK, 5, 10))
        try must("flock", flock(file, LOCK_EX | LOCK_NB))
        try must("unlock", lock(file, F_UNLCK))
        try must("again", lock(file, F_WRLCK, 3, 1))
    },
    Check("record-lock-by-lockf") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("lseek", lseek(file, 0, SEEK_SET))
        try must("lockf", lockf(file, F_LOCK, 3))
        try fromAnother(at) { other in
            try refused("test", with: EAGAIN, EACCES, by: lockf(other, F_TEST, 0))
            try must("lseek", lseek(other, 3, SEEK_SET))
            try must("behind", lockf(other, F_TLOCK, 0))
        }
    },
    Check("record-lock-of-a-killed-process-goes") { at in
        let file = try at.create("a")
        defer { close(file) }
        let child = try must("fork", fork())
        if child == 0 {
            _ = lock(file, F_WRLCK)
            kill(getpid(), SIGKILL)
        }
        waitpid(child, nil, 0)
        try must("lock", lock(file, F_WRLCK))
    },
]
