import CFuse
import Glibc

/// What the answer to a request that did not fail says; with `sizeOnly`, it was asked how long a value is.
func valuesOf(_ operation: fuse_opcode, _ answer: AnswerBody, sizeOnly: Bool) -> [Detail] {
    switch operation {
    case FUSE_INIT: greeting(answer.load(fuse_init_out.self))
    case FUSE_LOOKUP, FUSE_MKNOD, FUSE_MKDIR, FUSE_SYMLINK, FUSE_LINK: entry(answer.load(fuse_entry_out.self))
    case FUSE_CREATE, fuse_opcode(rawValue: 51):
        entry(answer.load(fuse_entry_out.self))
            + opened(answer.load(fuse_open_out.self, at: MemoryLayout<fuse_entry_out>.size))
    case FUSE_GETATTR, FUSE_SETATTR: attributes(answer.load(fuse_attr_out.self).attr)
    case FUSE_OPEN, FUSE_OPENDIR: opened(answer.load(fuse_open_out.self))
    case FUSE_READ, FUSE_READLINK, FUSE_READDIR, FUSE_READDIRPLUS: [Detail("size", UInt(answer.size))]
    case FUSE_WRITE, FUSE_COPY_FILE_RANGE: [Detail("size", answer.load(fuse_write_out.self).size)]
    case FUSE_GETXATTR, FUSE_LISTXATTR:
        [Detail("size", sizeOnly ? UInt(answer.load(fuse_getxattr_out.self).size) : UInt(answer.size))]
    case FUSE_LSEEK: [Detail("offset", answer.load(fuse_lseek_out.self).offset)]
    case FUSE_STATFS: fileSystem(answer.load(fuse_statfs_out.self).st)
    case FUSE_GETLK: lock(answer.load(fuse_lk_out.self).lk)
    case FUSE_IOCTL: [Detail("result", .signed(Int64(answer.load(fuse_ioctl_out.self).result)))]
    default: []
    }
}

private func greeting(_ server: fuse_init_out) -> [Detail] {
    let extended = server.flags & UInt32(FUSE_INIT_EXT) != 0
    let used = UInt64(server.flags) | (extended ? UInt64(server.flags2) << 32 : 0)
    return [
        Detail("protocol", .word("\(server.major).\(server.minor)")), Detail("used", FlagNames.capabilities(used)),
        Detail("max_write", server.max_write), Detail("max_readahead", server.max_readahead),
        Detail("max_background", UInt(server.max_background)),
    ]
}

/// Number 0 is no file: the kernel may keep for a time that there is none.
private func entry(_ entry: fuse_entry_out) -> [Detail] {
    [Detail("node", entry.nodeid)] + (entry.nodeid == 0 ? [] : attributes(entry.attr))
}

private func attributes(_ attributes: fuse_attr) -> [Detail] {
    [
        Detail("mode", .octal(attributes.mode)), Detail("uid", attributes.uid), Detail("gid", attributes.gid),
        Detail("size", attributes.size),
    ]
}

private func opened(_ file: fuse_open_out) -> [Detail] {
    [Detail("handle", file.fh)]
        + (file.open_flags == 0 ? [] : [Detail("flags", FlagNames.opened(file.open_flags))])
}

private func fileSystem(_ status: fuse_kstatfs) -> [Detail] {
    [
        Detail("block_size", status.bsize), Detail("blocks", status.blocks), Detail("free", status.bfree),
        Detail("files", status.files),
    ]
}

private func lock(_ lock: fuse_file_lock) -> [Detail] {
    [
        Detail("type", FlagNames.lockType(lock.type)), Detail("start", lock.start), Detail("end", lock.end),
        Detail("pid", lock.pid),
    ]
}
