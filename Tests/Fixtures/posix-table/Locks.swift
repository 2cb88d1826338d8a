import CRawCalls
import Glibc

let lockChecks: [Check] = [
    Check("record-lock-keeps-another-process-out") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fcntl", lock(file, F_WRLCK))
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            try refused("fcntl", with: EAGAIN, EACCES, by: lock(other, F_WRLCK))
            try refused("fcntl", with: EAGAIN, EACCES, by: lock(other, F_RDLCK))
        }
    },
    Check("record-locks-of-readers-go-together") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fcntl", lock(file, F_RDLCK))
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            try must("fcntl", lock(other, F_RDLCK))
            try refused("fcntl", with: EAGAIN, EACCES, by: lock(other, F_WRLCK))
        }
    },
    Check("record-locks-of-other-bytes-go-together") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fcntl", lock(file, F_WRLCK, 0, 10))
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            try must("fcntl", lock(other, F_WRLCK, 10, 10))
            try refused("fcntl", with: EAGAIN, EACCES, by: lock(other, F_WRLCK, 9, 1))
        }
    },
    Check("record-lock-names-its-owner") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fcntl", lock(file, F_WRLCK, 5, 3))
        let owner = getpid()
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            var asked = record(F_WRLCK)
            try must("fcntl", raw_lock(other, F_GETLK, &asked))
            try expectEqual("owner", asked.l_pid, owner)
            try expectEqual("start", asked.l_start, 5)
            try expectEqual("length", asked.l_len, 3)
        }
    },
    Check("record-lock-ends-with-close") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("fcntl", lock(file, F_WRLCK))
        let second = try must("open", at.open("a", O_RDWR))
        try must("close", close(second))
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            try must("fcntl", lock(other, F_WRLCK))
        }
    },
    Check("record-lock-ends-with-its-process") { at in
        let file = try at.create("a")
        defer { close(file) }
        try inChild { try must("fcntl", lock(file, F_WRLCK)) }
        try must("fcntl", lock(file, F_WRLCK))
    },
    Check("record-lock-is-waited-for") { at in
        let file = try at.create("a")
        defer { close(file) }
        var ends: [Int32] = [0, 0]
        try must("pipe", pipe(&ends))
        defer { ends.forEach { close($0) } }
        let child = try must("fork", fork())
        if child == 0 {
            if lock(file, F_WRLCK) != 0 || write(ends[1], "x", 1) != 1 { _exit(1) }
            usleep(200_000)
            _exit(0)
        }
        var byte: UInt8 = 0
        try must("read", read(ends[0], &byte, 1))
        try refused("fcntl", with: EAGAIN, EACCES, by: lock(file, F_WRLCK))
        try must("fcntl", lock(file, F_WRLCK, command: F_SETLKW))
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try expectEqual("the other's status", status, 0)
    },
    Check("open-file-description-locks") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("fcntl", lock(file, F_WRLCK, command: raw_ofd_setlk))
        try refused("fcntl", with: EAGAIN, by: lock(second, F_WRLCK, command: raw_ofd_setlk))
    },
    Check("whole-file-lock-keeps-another-out") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("flock", flock(file, LOCK_EX))
        try refused("flock", with: EWOULDBLOCK, by: flock(second, LOCK_EX | LOCK_NB))
        try must("flock", flock(file, LOCK_UN))
        try must("flock", flock(second, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-locks-of-readers-go-together") { at in
        let file = try at.create("a")
        let second = try must("open", at.open("a", O_RDWR))
        defer {
            close(file)
            close(second)
        }
        try must("flock", flock(file, LOCK_SH))
        try must("flock", flock(second, LOCK_SH | LOCK_NB))
        try refused("flock", with: EWOULDBLOCK, by: flock(second, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-lock-ends-with-its-process") { at in
        try at.file("a")
        try inChild {
            let file = try must("open", at.open("a", O_RDWR))
            try must("flock", flock(file, LOCK_EX | LOCK_NB))
        }
        let file = try must("open", at.open("a", O_RDWR))
        defer { close(file) }
        try must("flock", flock(file, LOCK_EX | LOCK_NB))
    },
    Check("whole-file-and-record-locks-are-apart") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("flock", flock(file, LOCK_EX))
        try inChild {
            let other = try must("open", at.open("a", O_RDWR))
            try must("fcntl", lock(other, F_WRLCK))
        }
    },
]
