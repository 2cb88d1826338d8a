import CFuse
import Glibc

/// What a request asks, beside the paths it is about.
func argumentsOf(_ operation: fuse_opcode, _ body: RequestBody) -> [Detail] {
    switch operation {
    case FUSE_INIT: greeting(body.load(fuse_init_in.self))
    case FUSE_FORGET: [Detail("lookups", body.load(fuse_forget_in.self).nlookup)]
    case FUSE_BATCH_FORGET: [Detail("nodes", body.load(fuse_batch_forget_in.self).count)]
    case FUSE_INTERRUPT: [Detail("request", body.load(fuse_interrupt_in.self).unique)]
    case FUSE_GETATTR: attributes(body.load(fuse_getattr_in.self))
    case FUSE_SETATTR: changes(body.load(fuse_setattr_in.self))
    case FUSE_ACCESS: [Detail("mode", FlagNames.access(body.load(fuse_access_in.self).mask))]
    case FUSE_MKNOD: making(body.load(fuse_mknod_in.self))
    case FUSE_MKDIR: making(body.load(fuse_mkdir_in.self))
    case FUSE_SYMLINK: [Detail("target", .bytes(body.names.last ?? []))]
    case FUSE_RENAME2: [Detail("flags", FlagNames.renaming(body.load(fuse_rename2_in.self).flags))]
    case FUSE_GETXATTR:
        [attributeName(body), Detail("size", body.load(fuse_getxattr_in.self).size)]
    case FUSE_LISTXATTR: [Detail("size", body.load(fuse_getxattr_in.self).size)]
    case FUSE_SETXATTR: setting(body)
    case FUSE_REMOVEXATTR: [attributeName(body)]
    default: fileArguments(operation, body)
    }
}

private func greeting(_ kernel: fuse_init_in) -> [Detail] {
    let offered = UInt64(kernel.flags) | UInt64(kernel.flags2) << 32
    return [
        Detail("kernel", .word("\(kernel.major).\(kernel.minor)")), Detail("max_readahead", kernel.max_readahead),
        Detail("offered", FlagNames.capabilities(offered)),
    ]
}

private func attributes(_ get: fuse_getattr_in) -> [Detail] {
    get.getattr_flags & UInt32(FUSE_GETATTR_FH) == 0 ? [] : [Detail("handle", get.fh)]
}

private func making(_ node: fuse_mknod_in) -> [Detail] {
    [Detail("mode", .octal(node.mode)), Detail("umask", .octal(node.umask)), Detail("device", node.rdev)]
}

private func making(_ directory: fuse_mkdir_in) -> [Detail] {
    [Detail("mode", .octal(directory.mode)), Detail("umask", .octal(directory.umask))]
}

private func attributeName(_ body: RequestBody) -> Detail { Detail("name", .bytes(body.names.first ?? [])) }

private func setting(_ body: RequestBody) -> [Detail] {
    // The first two numbers are the size of the value, and the flags.
    let form = body.load(fuse_setxattr_in.self)
    return [attributeName(body), Detail("size", form.size), Detail("flags", FlagNames.attributes(form.flags))]
}

/// FATTR_* of fuse(4): each thing that is to be set, and no other.
private func changes(_ change: fuse_setattr_in) -> [Detail] {
    func sets(_ field: Int32) -> Bool { change.valid & UInt32(bitPattern: field) != 0 }
    var details: [Detail] = []
    if sets(FATTR_MODE) { details.append(Detail("mode", .octal(change.mode))) }
    if sets(FATTR_UID) { details.append(Detail("uid", change.uid)) }
    if sets(FATTR_GID) { details.append(Detail("gid", change.gid)) }
    if sets(FATTR_SIZE) { details.append(Detail("size", change.size)) }
    if sets(FATTR_ATIME) {
        details.append(Detail("atime", time(change.atime, change.atimensec, now: sets(FATTR_ATIME_NOW))))
    }
    if sets(FATTR_MTIME) {
        details.append(Detail("mtime", time(change.mtime, change.mtimensec, now: sets(FATTR_MTIME_NOW))))
    }
    if sets(FATTR_CTIME) { details.append(Detail("ctime", time(change.ctime, change.ctimensec, now: false))) }
    if sets(FATTR_FH) { details.append(Detail("handle", change.fh)) }
    if sets(FATTR_KILL_SUIDGID) { details.append(Detail("kill_suidgid", .flag(true))) }
    return details
}

/// Seconds since 1970, and nine digits of a second.
private func time(_ seconds: UInt64, _ nanoseconds: UInt32, now: Bool) -> DetailValue {
    if now { return .word("now") }
    let digits = String(nanoseconds)
    return .word("\(Int64(bitPattern: seconds))." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits)
}
