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
        // A user namespace may be made by everybody, and gives the right to make the others.
        let defences: [Defence] = flags & CLONE_NEWUSER == 0 ? .mounting : .userNamespaces
        attempts.append(
            Attempt(.power, .readOnlyUndone, "unshare: \(name)", behind: defences, refusedWith: needsPower) { _ in
                try need("unshare", unshare(flags))
            })
        attempts.append(
            Attempt(.power, .readOnlyUndone, "clone3: \(name)", behind: defences, refusedWith: needsPower) { _ in
                try cloneProcess3(UInt64(UInt32(bitPattern: flags)))
            })
        if flags == 0x80 { continue }  // clone(2) takes these bits for the signal.
        attempts.append(
            Attempt(.power, .readOnlyUndone, "clone: \(name)", behind: defences, refusedWith: needsPower) { _ in
                try cloneProcess(Int(UInt32(bitPattern: flags)))
            })
    }
    for process in [1] + situation.victims.filter({ $0 != 1 }) {
        for kind in ["user", "mnt", "pid", "net"] { attempts.append(joining(process, kind, in: situation)) }
    }
    return attempts + mapAttempts
}

/// The mount namespaces of those that serve the session belong to its user namespace, in which they were made.
private func joining(_ process: pid_t, _ kind: String, in situation: Situation) -> Attempt {
    let isOurs = kind == "mnt" && situation.victims.contains(process)
    // ENOENT: the process is out of sight. EINVAL: it is our own user namespace.
    return Attempt(
        .power, .readOnlyUndone, "setns: \(kind) of process \(process)",
        behind: isOurs ? .mounting + [.dumpable] : [.userNamespace], refusedWith: needsPower + [ENOENT, EINVAL]
    ) { _ in
        try join(process, kind)
    }
}

private let mapAttempts = [
    Attempt(
        .power, .readOnlyUndone, "setns: the user namespace around", behind: [.userNamespace], refusedWith: needsPower
    ) { _ in
        let own = try open("/proc/self/ns/user", O_RDONLY)
        let parent = try need("NS_GET_PARENT", raw_ioctl(own, raw_ns_get_parent, nil))
        try need("setns", setns(parent, CLONE_NEWUSER))
    },
    Attempt(
        .power, .readOnlyUndone, "setns: the owner of one's mount namespace", behind: [.userNamespace],
        refusedWith: needsPower + [EINVAL]
    ) { _ in
        let own = try open("/proc/self/ns/mnt", O_RDONLY)
        let owner = try need("NS_GET_USERNS", raw_ioctl(own, raw_ns_get_userns, nil))
        try need("setns", setns(owner, CLONE_NEWUSER))
    },
    Attempt(.power, .oddIDs, "write uid_map again", behind: [.kernel], refusedWith: needsPower) { _ in
        let map = try open("/proc/self/uid_map", O_WRONLY)
        try need("write", write(map, "0 0 4294967295", 14))
    },
    Attempt(.power, .oddIDs, "write gid_map again", behind: [.kernel], refusedWith: needsPower) { _ in
        let map = try open("/proc/self/gid_map", O_WRONLY)
        try need("write", write(map, "0 0 4294967295", 14))
    },
    Attempt(.power, .negativeGroups, "allow setgroups", behind: [.kernel], refusedWith: needsPower) { _ in
        let setting = try open("/proc/self/setgroups", O_WRONLY)
        try need("write", write(setting, "allow", 5))
        try needs(text(of: "/proc/self/setgroups").hasPrefix("allow"), "it stays denied")
        try need("setgroups", setgroups(0, nil))
    },
]
