import CRawCalls
import Glibc

private let ofdWait: Int32 = 38
private let ofdGet: Int32 = 36

let descriptionLockChecks: [Check] = [
    Check("description-lock-stays-when-another-closes") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("lock", lock(file, F_WRLCK, command: raw_ofd_setlk))
        try must("close", close(try must("open", at.open("a", O_RDWR))))
        try fromAnother(at) { other in
            try refused("lock", with: EAGAIN, EACCES, by: lock(other, F_WRLCK, command: raw_ofd_setlk))
        }
    },
    Check("description-lock-is-shared-with-a-child") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("lock", lock(file, F_WRLCK, command: raw_ofd_setlk))
        try inChild { try must("unlock", lock(file, F_UNLCK, command: raw_ofd_setlk)) }
        try must("lock", lock(second, F_WRLCK, command: raw_ofd_setlk))
    },
    Check("description-lock-ends-with-the-last-close") { at in
        let file = try at.create("a")
        let copy = try must("dup", dup(file))
        let second = try must("open", at.open("a", O_RDWR))
        defer { close(second) }
        try must("lock", lock(file, F_WRLCK, command: raw_ofd_setlk))
        try must("close", close(file))
        try refused("still held", with: EAGAIN, by: lock(second, F_WRLCK, command: raw_ofd_setlk))
        try must("close", close(copy))
        try must("free", lock(second, F_WRLCK, command: raw_ofd_setlk))
    },
    Check("description-and-process-locks-conflict") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("lock", lock(file, F_WRLCK, command: raw_ofd_setlk))
        try refused("lock of the process", with: EAGAIN, EACCES, by: lock(second, F_WRLCK))
        try expectEqual("owner", try conflict(second).l_pid, -1)
        try expectEqual("kind", Int32(try conflict(second, command: ofdGet).l_type), F_WRLCK)
    },
    Check("description-lock-is-waited-for") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("lock", lock(file, F_WRLCK, command: raw_ofd_setlk))
        let child = try must("fork", fork())
        if child == 0 {
            usleep(150_000)
            _exit(lock(file, F_UNLCK, command: raw_ofd_setlk) == 0 ? 0 : 1)
        }
        try must("wait", lock(second, F_WRLCK, command: ofdWait))
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try expectEqual("the other's status", status, 0)
    },
    Check("description-locks-of-ranges") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("lock", lock(file, F_WRLCK, 0, 10, command: raw_ofd_setlk))
        try must("beside", lock(second, F_WRLCK, 10, 10, command: raw_ofd_setlk))
        try refused("across", with: EAGAIN, by: lock(second, F_RDLCK, 9, 2, command: raw_ofd_setlk))
    },
]

let wholeFileLockChecks: [Check] = [
    Check("whole-file-lock-is-waited-for") { at in
        let file = try at.create("a")
        defer { close(file) }
        let second = try must("open", at.open("a", O_RDWR))
        defer { close(second) }
        try must("flock", flock(file, LOCK_EX))
        let child = try must("fork", fork())
        if child == 0 {
            usleep(150_000)
            _exit(flock(file, LOCK_UN) == 0 ? 0 : 1)
        }
        try must("wait", flock(second, LOCK_EX))
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try expectEqual("the other's status", status, 0)
    },
    Check("whole-file-lock-wait-is-interrupted") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("flock", flock(file, LOCK_EX))
        try interrupted(after: 50_000) { try refused("flock", with: EINTR, by: flock(second, LOCK_EX)) }
    },
    Check("whole-file-lock-is-converted") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("exclusive", flock(file, LOCK_EX))
        try must("shared", flock(file, LOCK_SH))
        try must("both shared", flock(second, LOCK_SH | LOCK_NB))
        try refused("exclusive", with: EWOULDBLOCK, by: flock(file, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-is-inherited") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("flock", flock(file, LOCK_EX))
        try inChild { try must("in the child", flock(file, LOCK_EX | LOCK_NB)) }
        try refused("still held", with: EWOULDBLOCK, by: flock(second, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-ends-with-the-last-close") { at in
        let file = try at.create("a")
        let copy = try must("dup", dup(file))
        let second = try must("open", at.open("a", O_RDWR))
        defer { close(second) }
        try must("flock", flock(file, LOCK_EX))
        try must("close", close(file))
        try refused("still held", with: EWOULDBLOCK, by: flock(second, LOCK_EX | LOCK_NB))
        try must("close", close(copy))
        try must("free", flock(second, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-of-what-is-only-read") { at in
        try at.file("a", mode: 0o444)
        let file = try must("open", at.open("a", O_RDONLY))
        defer { close(file) }
        try must("flock", flock(file, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-of-a-directory") { at in
        let one = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        let other = try must("open", at.open(".", O_RDONLY | O_DIRECTORY))
        defer {
            close(one)
            close(other)
        }
        try must("flock", flock(one, LOCK_EX))
        try refused("flock", with: EWOULDBLOCK, by: flock(other, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-of-an-unknown-kind") { at in
        let file = try at.create("a")
        defer { close(file) }
        try refused("flock", with: EINVAL, by: flock(file, 0))
    },
]
