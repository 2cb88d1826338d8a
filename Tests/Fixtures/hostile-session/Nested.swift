import CRawCalls
import Glibc

/// What a process tries that has every capability in a user and mount namespace of its own, within a session that allows
/// those: to get at a shared source all the same. Mounts taken over from the session are locked, mount_namespaces(7).
func nestedAttempts(in situation: Situation) -> [Attempt] {
    let shared = [("shared", situation.shared), ("the shared source", situation.sharedSource)]
    return shared.flatMap { uncovering($0.0, $0.1) } + throughOtherWays + ofTheSession
}

/// EINVAL: a locked mount. EPERM: a locked flag.
private let locked = [EINVAL, EPERM, EROFS, EACCES]

private func attempt(_ name: String, _ body: @escaping @Sendable (Situation) throws -> Void) -> Attempt {
    Attempt(.shared, .readOnlyUndone, "nested: \(name)", behind: [.lockedMount], refusedWith: locked, body)
}

private func write(below path: String) throws {
    try need("write", raw_openat(AT_FDCWD, path + "/nested", O_WRONLY | O_CREAT, 0o644))
}

private func uncovering(_ name: String, _ path: String) -> [Attempt] {
    [
        attempt("umount \(name)") { _ in
            try need("umount2", umount2(path, 0))
            try write(below: path)
        },
        attempt("umount \(name), lazily") { _ in try need("umount2", umount2(path, Int32(MNT_DETACH))) },
        attempt("let \(name) expire") { _ in try need("umount2", umount2(path, Int32(MNT_EXPIRE))) },
        attempt("move \(name)") { _ in try need("mount", mount(path, "/mnt", nil, UInt(MS_MOVE), nil)) },
        attempt("remount \(name) writable") { _ in
            try need("mount", mount(nil, path, nil, UInt(MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV), nil))
        },
        attempt("mount_setattr of \(name)") { _ in
            try need("mount_setattr", makeWritable(AT_FDCWD, path))
        },
        attempt("a clone of \(name), writable") { _ in
            let tree = try need("open_tree", call(Int32(SYS_open_tree), path: path, at: 1, Int(AT_FDCWD), 1))
            try need("mount_setattr", makeWritable(Int32(tree), ""))
        },
        attempt("\(name) elsewhere, writable") { _ in
            try need("mount", mount(path, "/mnt", nil, UInt(MS_BIND | MS_REC), nil))
            try need("mount", mount(nil, "/mnt", nil, UInt(MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV), nil))
        },
        attempt("\(name) elsewhere, written") { _ in
            try need("mount", mount(path, "/mnt", nil, UInt(MS_BIND | MS_REC), nil))
            try write(below: "/mnt")
        },
        attempt("remount \(name) in one namespace more") { _ in
            try need("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS))
            try need("mount", mount(nil, path, nil, UInt(MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV), nil))
        },
        attempt("reconfigure the file system of \(name)") { _ in
            let pick = try need("fspick", call(Int32(SYS_fspick), path: path, at: 1, Int(AT_FDCWD), 0))
            let setFlag = 0
            let reconfigure = 7
            try need("fsconfig", call(Int32(SYS_fsconfig), path: "rw", at: 2, pick, setFlag, 0, 0))
            try need("fsconfig", call(Int32(SYS_fsconfig), pick, reconfigure, 0, 0, 0))
        },
    ]
}

private func parent(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

/// To where the source lies without the cover of its mount.
private let throughOtherWays = [
    attempt("what lies beneath the source's cover") { at in
        try need("mount", mount(parent(at.sharedSource), "/mnt", nil, UInt(MS_BIND), nil))
        try write(below: "/mnt" + at.sharedSource.dropFirst(parent(at.sharedSource).count))
    },
    attempt("what lies beneath every cover") { at in
        try need("mount", mount("/", "/mnt", nil, UInt(MS_BIND), nil))
        try write(below: "/mnt" + at.sharedSource)
    },
    attempt("a clone of the directory above, without what is mounted in it") { at in
        let place = parent(at.sharedSource)
        let tree = try need("open_tree", call(Int32(SYS_open_tree), path: place, at: 1, Int(AT_FDCWD), 1))
        let name = String(at.sharedSource.dropFirst(place.count + 1)) + "/nested"
        try need("write", raw_openat(Int32(tree), name, O_WRONLY | O_CREAT, 0o644))
    },
    attempt("the directory above with all that is mounted in it") { at in
        try need("mount", mount(parent(at.sharedSource), "/mnt", nil, UInt(MS_BIND | MS_REC), nil))
        let place = "/mnt" + at.sharedSource.dropFirst(parent(at.sharedSource).count)
        umount2(place, Int32(MNT_DETACH))
        try write(below: place)
    },
    attempt("the root with all that is mounted in it, as another root") { at in
        try need("mount", mount("/", "/mnt", nil, UInt(MS_BIND | MS_REC), nil))
        try need("chroot", chroot("/mnt"))
        umount2(at.sharedSource, Int32(MNT_DETACH))
        try write(below: at.sharedSource)
    },
    attempt("a handle of the source, by the root's mount") { at in
        var handle = [UInt8](repeating: 0, count: 8 + 128)
        handle[0] = 128
        var mount: Int32 = 0
        let root = try open("/", O_RDONLY)
        let directory = try handle.withUnsafeMutableBytes { handle in
            try withUnsafeMutablePointer(to: &mount) { mount in
                let address = Int(bitPattern: handle.baseAddress!)
                let named = call(
                    Int32(SYS_name_to_handle_at), path: at.sharedSource, at: 1, Int(AT_FDCWD), address,
                    Int(bitPattern: mount), 0)
                try need("name_to_handle_at", named)
                return try need(
                    "open_by_handle_at", call(Int32(SYS_open_by_handle_at), Int(root), address, Int(O_RDONLY)))
            }
        }
        try need("write", raw_openat(Int32(directory), "nested", O_WRONLY | O_CREAT, 0o644))
    },
    attempt("a layer above the source that writes through") { at in
        let options = "lowerdir=\(at.shared),upperdir=\(at.sharedSource),workdir=\(at.sharedSource)"
        try need("mount", mount("overlay", "/mnt", "overlay", 0, options))
        try write(below: "/mnt")
    },
]

/// Into the namespaces of the session, whose capabilities are the ones that count, or of berth's processes.
private let ofTheSession = [
    Attempt(
        .power, .readOnlyUndone, "nested: back into the session's user namespace", behind: [.userNamespace],
        refusedWith: needsPower
    ) { _ in
        let own = try open("/proc/self/ns/user", O_RDONLY)
        let around = try need("NS_GET_PARENT", raw_ioctl(own, raw_ns_get_parent, nil))
        try need("setns", setns(around, CLONE_NEWUSER))
    },
    Attempt(
        .power, .readOnlyUndone, "nested: map more than the session's id", behind: [.userNamespace],
        refusedWith: needsPower
    ) { _ in
        try need("unshare", unshare(CLONE_NEWUSER))
        let map = try open("/proc/self/uid_map", O_WRONLY)
        try need("write", Glibc.write(map, "0 0 2", 5))
    },
    Attempt(.power, .readOnlyUndone, "nested: a set-uid program", behind: [.noNewPrivileges], refusedWith: []) { at in
        try needs(raw_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "no_new_privs is set, for good")
    },
]
