import CRawCalls
import Glibc

/// clone(2) with these flags; the child ends at once.
private func cloneProcess(_ flags: Int) throws {
    let child = call(Int32(SYS_clone), flags | Int(SIGCHLD), 0, 0, 0, 0)
    if child == 0 { _exit(0) }
    try need("clone", child)
    waitpid(pid_t(child), nil, 0)
}

private func cloneProcess3(_ flags: UInt64) throws {
    var wanted = clone_args()
    wanted.flags = flags
    wanted.exit_signal = UInt64(SIGCHLD)
    let child = withUnsafeMutablePointer(to: &wanted) {
        call(Int32(SYS_clone3), Int(bitPattern: $0), MemoryLayout<clone_args>.size)
    }
    if child == 0 { _exit(0) }
    try need("clone3", child)
    waitpid(pid_t(child), nil, 0)
}

/// setns(2) into a namespace of another process.
private func join(_ process: pid_t, _ kind: String) throws {
    let namespace = try open("/proc/\(process)/ns/\(kind)", O_RDONLY)
    try need("setns", setns(namespace, 0))
}

func namespaceAttempts(in situation: Situation) -> [Attempt] {
    let kinds: [(String, Int32)] = [
        ("user", CLONE_NEWUSER), ("mount", CLONE_NEWNS), ("pid", CLONE_NEWPID), ("net", CLONE_NEWNET),
        ("uts", CLONE_NEWUTS), ("ipc", CLONE_NEWIPC), ("cgroup", CLONE_NEWCGROUP), ("time", 0x80),
        ("user and mount", CLONE_NEWUSER | CLONE_NEWNS),
    ]
    var attempts: [Attempt] = []
    for (name, flags) in kinds {
        attempts.append(
            Attempt(.power, "unshare: \(name)", refusedWith: needsPower) { _ in try need("unshare", unshare(flags)) })
        attempts.append(
            Attempt(.power, "clone3: \(name)", refusedWith: needsPower) { _ in
                try cloneProcess3(UInt64(UInt32(bitPattern: flags)))
            })
        if flags == 0x80 { continue }  // clone(2) takes these bits for the signal.
        attempts.append(
            Attempt(.power, "clone: \(name)", refusedWith: needsPower) { _ in
                try cloneProcess(Int(UInt32(bitPattern: flags)))
            })
    }
    for process in [1, getppid()] + situation.victims {
        for kind in ["user", "mnt", "pid", "net"] {
            attempts.append(
                // ESRCH and ENOENT: the process is out of sight. EINVAL: it is our own user namespace.
                Attempt(.power, "setns: \(kind) of process \(process)", refusedWith: needsPower + [ENOENT, EINVAL]) {
                    _ in
                    try join(process, kind)
                })
        }
    }
    return attempts + mapAttempts
}

private let mapAttempts = [
    Attempt(.power, "setns: the user namespace around", refusedWith: needsPower) { _ in
        let own = try open("/proc/self/ns/user", O_RDONLY)
        let parent = try need("NS_GET_PARENT", raw_ioctl(own, raw_ns_get_parent, nil))
        try need("setns", setns(parent, CLONE_NEWUSER))
    },
    Attempt(.power, "setns: the owner of one's mount namespace", refusedWith: needsPower + [EINVAL]) { _ in
        let own = try open("/proc/self/ns/mnt", O_RDONLY)
        let owner = try need("NS_GET_USERNS", raw_ioctl(own, raw_ns_get_userns, nil))
        try need("setns", setns(owner, CLONE_NEWUSER))
    },
    Attempt(.power, "write uid_map again", refusedWith: needsPower) { _ in
        let map = try open("/proc/self/uid_map", O_WRONLY)
        try need("write", write(map, "0 0 4294967295", 14))
    },
    Attempt(.power, "write gid_map again", refusedWith: needsPower) { _ in
        let map = try open("/proc/self/gid_map", O_WRONLY)
        try need("write", write(map, "0 0 4294967295", 14))
    },
    Attempt(.power, "allow setgroups", refusedWith: needsPower) { _ in
        let setting = try open("/proc/self/setgroups", O_WRONLY)
        try need("write", write(setting, "allow", 5))
        try needs(text(of: "/proc/self/setgroups").hasPrefix("allow"), "it stays denied")
        try need("setgroups", setgroups(0, nil))
    },
]
