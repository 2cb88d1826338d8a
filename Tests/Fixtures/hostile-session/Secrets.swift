import CRawCalls
import Glibc

private let notYours = [EPERM, EACCES, ENOENT, ESRCH, ENOSYS]

/// What can be learnt of the processes that serve the session, and of what they may have left behind in it.
func secretAttempts(in situation: Situation) -> [Attempt] {
    situation.victims.flatMap(attempts(on:)) + leaks + (situation.processesAreInSight ? [] : [signal])
}

/// Whoever can name a process of its own account can end it.
private let signal = Attempt(
    .secrets, .processes, "signal a process of berth's beside the first", behind: [.processNamespace], refusedWith: []
) { _ in
    let found = processes().contains { $0 != 1 && text(of: "/proc/\($0)/comm") == "berth\n" && kill($0, 0) == 0 }
    try needs(found, "none in sight")
}

/// Opens an entry of proc(5) and reads a byte of it.
private func readEntry(_ victim: pid_t, _ name: String) throws {
    let file = try open("/proc/\(victim)/\(name)", O_RDONLY)
    var room: UInt64 = 0
    try needs(try need("read", read(file, &room, 8)) > 0, "it is empty")
}

private func attempts(on victim: pid_t) -> [Attempt] {
    let text = ["environ", "maps", "smaps", "auxv", "syscall", "stack", "pagemap", "numa_maps"]
    let links = ["root", "cwd", "exe", "fd/0", "fd/3", "ns/user", "ns/mnt"]
    let entries = text.map { name in
        // The kernel's own stack is for those who may trace everything.
        let defences: [Defence] = name == "stack" ? [.dumpable, .userNamespace] : [.dumpable]
        return Attempt(
            .secrets, .processes, "read \(name) of process \(victim)", behind: defences, refusedWith: notYours
        ) { _ in
            try readEntry(victim, name)
        }
    }
    let followed = links.map { name in
        Attempt(.secrets, .processes, "follow \(name) of process \(victim)", behind: [.dumpable], refusedWith: notYours)
        { _ in
            var room = [CChar](repeating: 0, count: 4096)
            try need("readlink", readlink("/proc/\(victim)/\(name)", &room, 4096))
        }
    }
    return entries + followed + listings(of: victim) + memory(of: victim) + descriptors(of: victim)
}

/// What can be learnt of any descriptor: where it leads, its flags and its place. Numbers alone are no descriptor: proc(5)
/// shows them to root of the namespace a process was executed in.
private func listings(of victim: pid_t) -> [Attempt] {
    [
        Attempt(
            .secrets, .processes, "learn where a descriptor of process \(victim) leads", behind: [.dumpable],
            refusedWith: notYours
        ) { _ in
            var room = [CChar](repeating: 0, count: 4096)
            for number in 0..<64 where readlink("/proc/\(victim)/fd/\(number)", &room, 4096) != -1 { return }
            throw Refused(call: "readlink", number: errno)
        },
        Attempt(
            .secrets, .processes, "reopen a descriptor of process \(victim)", behind: [.dumpable],
            refusedWith: notYours + [ENXIO]
        ) { _ in
            for number in 0..<64 where raw_openat(AT_FDCWD, "/proc/\(victim)/fd/\(number)", O_PATH, 0) != -1 { return }
            throw Refused(call: "open", number: errno)
        },
        Attempt(
            .secrets, .processes, "read the flags of a descriptor of process \(victim)", behind: [.dumpable],
            refusedWith: notYours
        ) { _ in
            for number in 0..<64 where !text(of: "/proc/\(victim)/fdinfo/\(number)").isEmpty { return }
            throw Refused(call: "open", number: errno)
        },
        Attempt(.secrets, .processes, "list map_files of process \(victim)", behind: [.dumpable], refusedWith: notYours)
        { _ in
            let directory = try open("/proc/\(victim)/map_files", O_RDONLY | O_DIRECTORY)
            var room = [UInt8](repeating: 0, count: 4096)
            let length = room.withUnsafeMutableBytes {
                call(Int32(SYS_getdents64), Int(directory), Int(bitPattern: $0.baseAddress!), 4096)
            }
            // Records of 24 bytes for `.` and `..` come first.
            try needs(try need("getdents64", length) > 48, "it is empty")
        },
    ]
}

private func memory(of victim: pid_t) -> [Attempt] {
    [
        Attempt(.secrets, .processes, "ptrace attach to process \(victim)", behind: [.dumpable], refusedWith: notYours)
        { _ in
            try need("ptrace", raw_ptrace(16, victim))
            // The others are to find it running.
            waitpid(victim, nil, 0)
            raw_ptrace(17, victim)
            kill(victim, SIGCONT)
        },
        Attempt(.secrets, .processes, "ptrace seize of process \(victim)", behind: [.dumpable], refusedWith: notYours) {
            _ in
            try need("ptrace", raw_ptrace(0x4206, victim))
        },
        Attempt(
            .secrets, .processes, "open the memory of process \(victim)", behind: [.dumpable], refusedWith: notYours
        ) { _ in
            close(try open("/proc/\(victim)/mem", O_RDONLY))
        },
        Attempt(
            .secrets, .processes, "write the memory of process \(victim)", behind: [.dumpable], refusedWith: notYours
        ) { _ in
            close(try open("/proc/\(victim)/mem", O_RDWR))
        },
        Attempt(
            .secrets, .processes, "process_vm_readv of process \(victim)", behind: [.dumpable], refusedWith: notYours
        ) { _ in
            var byte: UInt8 = 0
            try withUnsafeMutablePointer(to: &byte) { byte in
                var here = iovec(iov_base: UnsafeMutableRawPointer(byte), iov_len: 1)
                var there = iovec(iov_base: UnsafeMutableRawPointer(bitPattern: 0x1000), iov_len: 1)
                // EFAULT is past the check: only the address was wrong.
                let answer = process_vm_readv(victim, &here, 1, &there, 1, 0)
                if answer == -1 && errno == EFAULT { return }
                try need("process_vm_readv", answer)
            }
        },
        Attempt(
            .secrets, .processes, "process_vm_writev of process \(victim)", behind: [.dumpable], refusedWith: notYours
        ) { _ in
            var byte: UInt8 = 0
            try withUnsafeMutablePointer(to: &byte) { byte in
                var here = iovec(iov_base: UnsafeMutableRawPointer(byte), iov_len: 1)
                var there = iovec(iov_base: UnsafeMutableRawPointer(bitPattern: 0x1000), iov_len: 1)
                let answer = process_vm_writev(victim, &here, 1, &there, 1, 0)
                if answer == -1 && errno == EFAULT { return }
                try need("process_vm_writev", answer)
            }
        },
    ]
}

private func descriptors(of victim: pid_t) -> [Attempt] {
    [
        Attempt(.secrets, .processes, "pidfd_getfd of process \(victim)", behind: [.dumpable], refusedWith: notYours) {
            _ in
            let process = try need("pidfd_open", call(Int32(SYS_pidfd_open), Int(victim), 0))
            for number in 0..<256 {
                let taken = call(Int32(SYS_pidfd_getfd), process, number, 0)
                if taken != -1 { return }
                if errno != EBADF { try need("pidfd_getfd", taken) }
            }
            throw Refused(call: "pidfd_getfd", number: EBADF)
        },
        Attempt(
            .secrets, .processes, "kcmp with process \(victim)", behind: [.dumpable, .seccomp], refusedWith: notYours
        ) { _ in
            try need("kcmp", call(Int32(SYS_kcmp), Int(getpid()), Int(victim), 0, 0, 0))
        },
    ]
}

private let leaks = [
    Attempt(.secrets, .descriptorLeak, "descriptors left behind", behind: [.descriptors], refusedWith: []) { _ in
        let left = (3..<1024).filter { raw_fcntl($0, F_GETFD, 0) != -1 && !isOwn($0) }
        try needs(!left.isEmpty, "nothing above 2")
    },
    Attempt(.secrets, .descriptorLeak, "a directory as descriptor 0, 1 or 2", behind: [.kernel], refusedWith: []) { _ in
        var status = stat()
        let found = (0..<3).contains { fstat(Int32($0), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR }
        try needs(found, "files, pipes or devices")
    },
    Attempt(.secrets, .descriptorLeak, "/dev/fuse as a descriptor", behind: [.kernel], refusedWith: []) { _ in
        var status = stat()
        let fuse = dev_t(10) << 8 | 229
        let found = (0..<1024).contains { fstat(Int32($0), &status) == 0 && status.st_rdev == fuse }
        try needs(found, "none")
    },
    Attempt(
        .secrets, .passedDescriptor, "join a live FUSE connection", behind: [.kernel],
        refusedWith: [EINVAL, EPERM, EACCES, ENOENT, ENODEV, EBADF, ENOTTY]
    ) { _ in
        let device = try open("/dev/fuse", O_RDWR)
        for number in UInt32(0)..<64 {
            var number = number
            if raw_ioctl(device, 0x8004_e500, &number) == 0 { return }
        }
        throw Refused(call: "FUSE_DEV_IOC_CLONE", number: errno)
    },
    Attempt(
        .secrets, .descriptorLeak, "keys of whoever started the session", behind: [.seccomp],
        refusedWith: needsPower + [ENOKEY, EKEYREVOKED, EKEYEXPIRED]
    ) { _ in
        let key = "user".withCString { kind in
            "berth-canary".withCString { name in
                // KEYCTL_SEARCH in the session keyring.
                call(Int32(SYS_keyctl), 10, -3, Int(bitPattern: kind), Int(bitPattern: name), 0)
            }
        }
        try need("keyctl", key)
    },
]

/// The pipe on which an attempt reports: the only descriptors that this program makes before it looks.
private func isOwn(_ number: Int32) -> Bool {
    let name = "/proc/self/fd/\(number)"
    var room = [UInt8](repeating: 0, count: 64)
    let length = room.withUnsafeMutableBytes { readlink(name, $0.bindMemory(to: CChar.self).baseAddress!, 64) }
    return String(decoding: room[..<max(0, length)], as: UTF8.self).hasPrefix("pipe:")
        && raw_fcntl(number, F_GETFD, 0) == FD_CLOEXEC
}
