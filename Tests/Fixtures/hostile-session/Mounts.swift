import CRawCalls
import Glibc

private let openTreeClone = 1
private let openTreeRecursive = 0x8000
private let emptyPath = 0x1000

/// mount_setattr(2) that takes the read-only attribute away.
func makeWritable(_ directory: Int32, _ path: String) -> Int {
    var change: [UInt64] = [0, 1, 0, 0]
    return change.withUnsafeMutableBytes { change in
        call(
            Int32(SYS_mount_setattr), path: path, at: 1, Int(directory), openTreeRecursive | emptyPath,
            Int(bitPattern: change.baseAddress!), 32)
    }
}

func mountAttempts(in situation: Situation) -> [Attempt] {
    let paths = [("shared", situation.shared), ("the shared source", situation.sharedSource), ("home", situation.home)]
    return paths.filter { !$0.1.isEmpty }.flatMap { attempts(on: $0.0, $0.1) }.map(onMounts) + freeAttempts
}

/// In a rehearsal the directories are made mounts first, as they are in a session.
private func onMounts(_ attempt: Attempt) -> Attempt {
    Attempt(attempt.promise, attempt.kind, attempt.name, behind: attempt.defences, refusedWith: attempt.expected) {
        at in
        for path in [at.shared, at.home] where at.isRehearsal {
            try need("mount", mount(path, path, nil, UInt(MS_BIND), nil))
        }
        try attempt.body(at)
    }
}

/// What undoes a mount. EINVAL: umount of what is no mount.
private func attempts(on name: String, _ path: String) -> [Attempt] {
    [
        Attempt(.shared, .wrongUnmount, "umount \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            try need("umount2", umount2(path, 0))
        },
        Attempt(.shared, .wrongUnmount, "umount \(name), lazily", behind: .mounting, refusedWith: needsPower) { _ in
            try need("umount2", umount2(path, Int32(MNT_DETACH)))
        },
        Attempt(.shared, .readOnlyUndone, "remount \(name) writable", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount", mount(nil, path, nil, UInt(MS_REMOUNT), nil))
        },
        Attempt(
            .shared, .readOnlyUndone, "remount the binding of \(name) writable", behind: .mounting,
            refusedWith: needsPower
        ) { _ in
            try need("mount", mount(nil, path, nil, UInt(MS_REMOUNT | MS_BIND), nil))
        },
        Attempt(
            .shared, .readOnlyUndone, "bind another directory over \(name)", behind: .mounting, refusedWith: needsPower
        ) { _ in
            try need("mount", mount("/", path, nil, UInt(MS_BIND | MS_REC), nil))
        },
        Attempt(.shared, .readOnlyUndone, "bind \(name) elsewhere", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount", mount(path, "/tmp", nil, UInt(MS_BIND), nil))
        },
        Attempt(.shared, .readOnlyUndone, "move \(name) elsewhere", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount", mount(path, "/tmp", nil, UInt(MS_MOVE), nil))
        },
        Attempt(.shared, .readOnlyUndone, "tmpfs over \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount", mount("tmpfs", path, "tmpfs", 0, nil))
        },
        Attempt(.shared, .readOnlyUndone, "make \(name) private", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount", mount(nil, path, nil, UInt(MS_PRIVATE), nil))
        },
        Attempt(.shared, .readOnlyUndone, "mount_setattr of \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            try need("mount_setattr", makeWritable(AT_FDCWD, path))
        },
        Attempt(.shared, .readOnlyUndone, "clone of \(name)'s tree", behind: .mounting, refusedWith: needsPower) { _ in
            let flags = openTreeClone | openTreeRecursive
            let tree = try need("open_tree", call(Int32(SYS_open_tree), path: path, at: 1, Int(AT_FDCWD), flags))
            try need("mount_setattr", makeWritable(Int32(tree), ""))
        },
        Attempt(
            .shared, .readOnlyUndone, "reconfigure the file system of \(name)", behind: .mounting,
            refusedWith: needsPower
        ) { _ in
            let picked = try need("fspick", call(Int32(SYS_fspick), path: path, at: 1, Int(AT_FDCWD), 0))
            try need("fsconfig", call(Int32(SYS_fsconfig), picked, 7, 0, 0, 0))
        },
        Attempt(.shared, .readOnlyUndone, "move_mount of \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            let tree = try need("open_tree", call(Int32(SYS_open_tree), path: path, at: 1, Int(AT_FDCWD), 0))
            let moved = "/tmp".withCString { to in
                call(Int32(SYS_move_mount), path: "", at: 1, tree, Int(AT_FDCWD), Int(bitPattern: to), 4)
            }
            try need("move_mount", moved)
        },
        Attempt(.shared, .readOnlyUndone, "pivot_root to \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            try need("chdir", chdir(path))
            let pivoted = ".".withCString { call(Int32(SYS_pivot_root), Int(bitPattern: $0), Int(bitPattern: $0)) }
            try need("pivot_root", pivoted)
        },
        Attempt(.shared, .readOnlyUndone, "chroot to \(name)", behind: .mounting, refusedWith: needsPower) { _ in
            try need("chroot", chroot(path))
        },
    ]
}

private let freeAttempts = [
    Attempt(.shared, .readOnlyUndone, "fsopen: tmpfs", behind: .mounting, refusedWith: needsPower) { _ in
        try need("fsopen", call(Int32(SYS_fsopen), path: "tmpfs", at: 0, 0))
    },
    Attempt(.shared, .readOnlyUndone, "fsopen: fuse", behind: .mounting, refusedWith: needsPower) { _ in
        try need("fsopen", call(Int32(SYS_fsopen), path: "fuse", at: 0, 0))
    },
    Attempt(.shared, .readOnlyUndone, "mount: a new /proc", behind: [.userNamespace], refusedWith: needsPower) { _ in
        try need("mount", mount("proc", "/proc", "proc", 0, nil))
    },
    Attempt(.shared, .readOnlyUndone, "mount: overlay of the shared tree", behind: .mounting, refusedWith: needsPower) {
        at in
        let words = "lowerdir=\(at.shared):\(at.home)"
        try need("mount", words.withCString { mount("overlay", "/tmp", "overlay", 0, $0) })
    },
    Attempt(
        .shared, .readOnlyUndone, "unmount everything by a new mount namespace", behind: .mounting,
        refusedWith: needsPower
    ) { at in
        try need("unshare", unshare(CLONE_NEWNS))
        try need("umount2", umount2(at.shared, Int32(MNT_DETACH)))
    },
]
