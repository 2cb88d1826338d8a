import CRawCalls
import Glibc

/// The ways from a home to what lies beside its source.
func outsideAttempts(in situation: Situation) -> [Attempt] {
    if situation.home.isEmpty || situation.homeSource.isEmpty { return [] }
    return escapes + foreignFiles + devices
}

private let noWay = [ENOENT, EACCES, ELOOP, EPERM]

/// Reads a file that lies beside the source, and only there. Everybody may read it: what keeps it is that no way leads there.
private func readCanary(_ path: String) throws {
    let file = try open(path, O_RDONLY)
    var byte: UInt8 = 0
    try need("read", read(file, &byte, 1))
}

/// A link in the home, removed again.
private func withLink(_ at: Situation, to target: String, _ body: (String) throws -> Void) throws {
    let link = at.home + "/planted-link-\(getpid())"
    try need("symlink", symlink(target, link))
    defer { unlink(link) }
    try body(link)
}

private let escapes = [
    Attempt(.outside, .plantedLink, "dot-dot of the home", behind: [.mountNamespace], refusedWith: noWay) { at in
        try readCanary(at.home + "/../canary")
    },
    Attempt(.outside, .plantedLink, "dot-dot by a descriptor", behind: [.mountNamespace], refusedWith: noWay) { at in
        let directory = try open(at.home, O_RDONLY | O_DIRECTORY)
        let up = try need("openat ..", raw_openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
        try need("openat canary", raw_openat(up, "canary", O_RDONLY, 0))
    },
    Attempt(
        .outside, .plantedLink, "dot-dot from a directory that is gone", behind: [.mountNamespace], refusedWith: noWay
    ) { at in
        let gone = at.home + "/gone-\(getpid())"
        try need("mkdir", mkdir(gone, 0o755))
        try need("chdir", chdir(gone))
        try need("rmdir", rmdir(gone))
        try readCanary("../../canary")
    },
    Attempt(.outside, .plantedLink, "relative link out of the home", behind: [.mountNamespace], refusedWith: noWay) {
        at in
        try withLink(at, to: "../canary") { try readCanary($0) }
    },
    Attempt(.outside, .plantedLink, "absolute link to what is not readable", behind: [.account], refusedWith: noWay) {
        at in
        try withLink(at, to: at.outside + "/closed") { try readCanary($0) }
    },
    Attempt(
        .outside, .plantedLink, "link through a directory, then create", behind: [.mountNamespace], refusedWith: noWay
    ) { at in
        try withLink(at, to: "../landing") {
            try need("write", write(try open($0 + "/landed", O_WRONLY | O_CREAT), "x", 1))
        }
    },
    Attempt(
        .outside, .checkThenUse, "link that changes under the server's feet", behind: [.mountNamespace],
        refusedWith: noWay
    ) { try raceTheServer($0) },
    Attempt(.outside, .plantedLink, "chmod through a link", behind: [.mountNamespace], refusedWith: noWay) { at in
        try withLink(at, to: "../readable") { try need("chmod", chmod($0, 0o666)) }
    },
]

private let foreignFiles = [
    Attempt(.outside, .hardLink, "hard link of a file outside", behind: [.mountNamespace], refusedWith: [EXDEV, EPERM])
    { at in
        try need("link", link(at.outside + "/readable", at.home + "/linked-in-\(getpid())"))
    },
    Attempt(
        .outside, .plantedLink, "rename of a file outside", behind: [.mountNamespace], refusedWith: [EXDEV, EACCES]
    ) { at in
        try need("rename", rename(at.outside + "/readable", at.home + "/renamed-in-\(getpid())"))
        try need("rename", rename(at.home + "/renamed-in-\(getpid())", at.outside + "/readable"))
    },
    Attempt(
        .outside, .plantedLink, "handle of the home's directory", behind: [.userNamespace],
        refusedWith: needsPower + [EOPNOTSUPP, ESTALE]
    ) { at in
        let directory = try openByHandle(of: at.home, O_RDONLY)
        let up = try need("openat ..", raw_openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
        try need("openat canary", raw_openat(up, "canary", O_RDONLY, 0))
    },
    Attempt(
        .outside, .plantedLink, "forged handle of the file system's root", behind: [.userNamespace],
        refusedWith: needsPower + [EOPNOTSUPP, ESTALE, EINVAL]
    ) { at in
        // FILEID_INO32_GEN with inode 2, generation 0: the root of ext4.
        var handle: [UInt32] = [8, 1, 2, 0]
        let directory = try open(at.home, O_RDONLY)
        let opened = handle.withUnsafeMutableBytes {
            call(Int32(SYS_open_by_handle_at), Int(directory), Int(bitPattern: $0.baseAddress!), Int(O_RDONLY))
        }
        try need("open_by_handle_at", opened)
    },
]

private let devices = [
    Attempt(.outside, .specialFile, "make a block device", behind: [.userNamespace], refusedWith: [EPERM]) { at in
        var status = stat()
        try need("stat", stat(at.outside, &status))
        let device = at.home + "/device-\(getpid())"
        try need("mknod", mknod(device, S_IFBLK | 0o600, status.st_dev))
        defer { unlink(device) }
        close(try open(device, O_RDONLY))
    },
    Attempt(.outside, .specialFile, "make a character device", behind: [.userNamespace], refusedWith: [EPERM]) { at in
        let device = at.home + "/device-\(getpid())"
        try need("mknod", mknod(device, S_IFCHR | 0o600, 0x103))
        defer { unlink(device) }
        close(try open(device, O_RDONLY))
    },
    // Planted by whoever made the source, where that was root.
    Attempt(
        .outside, .specialFile, "open a planted device", behind: [.userNamespace],
        refusedWith: [EACCES, ENXIO, EPERM, ENOENT]
    ) { at in
        close(try open(at.home + "/planted-device", O_RDWR))
    },
    Attempt(
        .outside, .specialFile, "open a planted device of the shared tree", behind: [.userNamespace],
        refusedWith: [EACCES, ENXIO, EPERM, ENOENT]
    ) { at in
        close(try open(at.shared + "/planted-device", O_RDWR))
    },
    Attempt(.outside, .specialFile, "open a disk", behind: [.account], refusedWith: [EACCES, EPERM, ENOENT]) { _ in
        close(try open("/dev/vda", O_RDONLY))
    },
]

/// Exchanges a directory and a link all the time while files are made below it. Only for the server does the link lead
/// to `landing`: in the session there is no such directory above the home.
private func raceTheServer(_ at: Situation) throws {
    let directory = at.home + "/race"
    let link = at.home + "/race-link"
    try need("mkdir", mkdir(directory, 0o755))
    try need("symlink", symlink("../landing", link))
    defer {
        unlink(link)
        unlink(directory)
        rmdir(link)
        rmdir(directory)
    }
    let racer = try need("fork", fork())
    if racer == 0 {
        while true { raw_rename_exchange(directory, link) }
    }
    for number in 0..<3000 {
        let path = "\(directory)/landed-\(number)"
        let file = raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        if file != -1 { close(file) }
        unlink("\(link)/landed-\(number)")
        if exists("\(at.outside)/landing/landed-\(number)") { break }
    }
    kill(racer, SIGKILL)
    waitpid(racer, nil, 0)
    let landed = (0..<3000).contains { exists("\(at.outside)/landing/landed-\($0)") }
    try needs(landed, "nothing landed outside")
}
