import Glibc
import Linux

#if DEBUG
    /// A text that stays where it is: the process does not live long enough for it to matter.
    func text(_ words: String) -> Int { Int(bitPattern: strdup(words)) }

    func memory(_ words: [UInt64]) -> Int {
        let room = UnsafeMutablePointer<UInt64>.allocate(capacity: words.count)
        room.initialize(from: words, count: words.count)
        return Int(bitPattern: room)
    }

    private let here = Int(AT_FDCWD)

    /// Everything that whoever took a server or worker over might want.
    func attempts(from place: TakenPlace) -> [TakenAttempt] {
        reaching(place) + writing(place) + acting(place) + regaining(place) + remembering
            + (place.worker?.attempts(from: place) ?? [])
    }

    /// Promise (f), first half: nothing outside of the source.
    private func reaching(_ place: TakenPlace) -> [TakenAttempt] {
        let passwords = "etc/passwd"
        return [
            TakenAttempt("open /etc/passwd", "openat", here, text("/" + passwords), Int(O_RDONLY)),
            TakenAttempt(
                "dot-dot above the source", "openat", place.tree, text("../../../../../../" + passwords), Int(O_RDONLY)),
            TakenAttempt("list the root", "openat", here, text("/"), Int(O_RDONLY | O_DIRECTORY))
                .then("openat") { [$0, text(passwords), Int(O_RDONLY)] },
            TakenAttempt("root of process 1", "openat", here, text("/proc/1/root/" + passwords), Int(O_RDONLY)),
            TakenAttempt(
                "root of the parent", "openat", here, text("/proc/\(place.parent)/root/" + passwords), Int(O_RDONLY)),
            TakenAttempt("own root by /proc", "openat", here, text("/proc/self/root/" + passwords), Int(O_RDONLY)),
            TakenAttempt(
                "own root by the descriptors", "openat", place.descriptors, text("../root/" + passwords),
                Int(O_RDONLY)),
            TakenAttempt("another /dev/fuse", "openat", here, text("/dev/fuse"), Int(O_RDWR)),
            TakenAttempt(
                "name a handle", "name_to_handle_at", place.tree, text("file"), memory([128, 0, 0, 0]), memory([0]), 0),
            TakenAttempt(
                "open a forged handle", "open_by_handle_at", place.tree, memory([8 | 1 << 32, 2, 0]), Int(O_RDONLY)),
        ]
    }

    /// Promise (f), second half: nothing of a shared source is written.
    private func writing(_ place: TakenPlace) -> [TakenAttempt] {
        let change = memory([0, 1, 0, 0])
        return [
            TakenAttempt("open the source for writing", "openat", place.tree, text("file"), Int(O_WRONLY)),
            TakenAttempt("create in the source", "openat", place.tree, text("new"), Int(O_WRONLY | O_CREAT), 0o644),
            TakenAttempt("open again with more", "openat", place.tree, text("file"), Int(O_RDONLY))
                .then("openat") { [place.descriptors, text("\($0)"), Int(O_RDWR)] },
            TakenAttempt("open the path-only again with more", "openat", place.tree, text("file"), Int(O_PATH))
                .then("openat") { [place.descriptors, text("\($0)"), Int(O_WRONLY)] },
            TakenAttempt("make a directory", "mkdirat", place.tree, text("directory-of-the-server"), 0o755),
            TakenAttempt("remove a file", "unlinkat", place.tree, text("new"), 0),
            TakenAttempt("rename a file", "renameat2", place.tree, text("file"), place.tree, text("file"), 0),
            TakenAttempt("touch the owner", "fchownat", place.tree, text("file"), -1, -1, 0),
            TakenAttempt("touch the owner elsewhere", "openat", here, text("/etc"), Int(O_PATH))
                .then("fchownat") { [$0, text(""), -1, -1, 0x1000] },
            TakenAttempt("make the mount writable", "mount_setattr", place.tree, text(""), 0x1000, change, 32),
        ]
    }

    /// On others: reach them, start them, read them.
    private func acting(_ place: TakenPlace) -> [TakenAttempt] {
        let program = text("/bin/true")
        let arguments = memory([UInt64(program), 0])
        return [
            TakenAttempt("execve", "execve", program, arguments, memory([0])),
            TakenAttempt("execveat", "execveat", here, program, arguments, memory([0]), 0),
            TakenAttempt("start a process with a namespace", "clone", Int(UInt32(bitPattern: CLONE_NEWUSER)) | 17),
            TakenAttempt("socket: unix", "socket", Int(AF_UNIX), 1, 0),
            TakenAttempt("socket: internet", "socket", Int(AF_INET), 1, 0),
            TakenAttempt("connect", "connect", 0, memory([0x0100_007f_1600_0002, 0]), 16),
            TakenAttempt("ptrace the parent", "ptrace", 16, place.parent, 0, 0),
            TakenAttempt("kill the parent", "kill", place.parent, Int(SIGCONT)),
            TakenAttempt("tgkill the parent", "tgkill", place.parent, place.parent, Int(SIGCONT)),
            TakenAttempt("kill everybody", "kill", -1, Int(SIGCONT)),
            TakenAttempt("pidfd_open", "pidfd_open", place.parent, 0),
            TakenAttempt(
                "read the parent's memory", "process_vm_readv", place.parent, memory([0, 0]), 1, memory([0, 0]), 1, 0),
        ]
    }

    /// More power than it has.
    private func regaining(_ place: TakenPlace) -> [TakenAttempt] {
        let newSpaces = Int(UInt32(bitPattern: CLONE_NEWUSER | CLONE_NEWNS))
        return [
            TakenAttempt("mount", "mount", text("tmpfs"), text("/"), text("tmpfs"), 0, 0),
            TakenAttempt("umount", "umount2", text("/"), Int(MNT_DETACH)),
            TakenAttempt("clone the source's mount", "open_tree", place.tree, text(""), 0x1001),
            TakenAttempt("unshare", "unshare", newSpaces),
            TakenAttempt("setns", "setns", place.tree, 0),
            TakenAttempt("chroot", "chroot", text(".")),
            TakenAttempt("setuid", "setresuid", 0, 0, 0),
            TakenAttempt("capset", "capset", memory([0x2008_0522]), memory([.max, .max, .max])),
            TakenAttempt("make a device", "mknodat", place.tree, text("device"), Int(S_IFCHR | 0o600), 0x103),
            TakenAttempt("become dumpable", "prctl", 4, 1, 0, 0, 0),
            TakenAttempt("bpf", "bpf", 0, memory([0, 0, 0, 0]), 32),
            TakenAttempt("open a descriptor of the parent", "pidfd_getfd", place.tree, 0, 0),
        ]
    }

    /// Code of its own.
    private var remembering: [TakenAttempt] {
        [
            TakenAttempt(
                "map executable memory", "mmap", 0, 4096, Int(PROT_READ | PROT_WRITE | PROT_EXEC),
                Int(MAP_PRIVATE | MAP_ANONYMOUS), -1, 0),
            TakenAttempt(
                "make memory executable", "mmap", 0, 4096, Int(PROT_READ | PROT_WRITE),
                Int(MAP_PRIVATE | MAP_ANONYMOUS),
                -1, 0
            ).then("mprotect") { [$0, 4096, Int(PROT_READ | PROT_EXEC)] },
            TakenAttempt("memory without a file", "memfd_create", text("code"), 0),
        ]
    }
#endif
