import CFuse
import Glibc

/// The arguments of requests about open files and directories.
func fileArguments(_ operation: fuse_opcode, _ body: RequestBody) -> [Detail] {
    switch operation {
    case FUSE_OPEN, FUSE_OPENDIR: opening(body.load(fuse_open_in.self))
    case FUSE_CREATE, fuse_opcode(rawValue: 51): creating(body.load(fuse_create_in.self))
    case FUSE_READ, FUSE_READDIR, FUSE_READDIRPLUS: reading(body.load(fuse_read_in.self))
    case FUSE_WRITE: writing(body.load(fuse_write_in.self))
    case FUSE_RELEASE, FUSE_RELEASEDIR: releasing(body.load(fuse_release_in.self))
    case FUSE_FLUSH: [Detail("handle", body.load(fuse_flush_in.self).fh)]
    case FUSE_FSYNC, FUSE_FSYNCDIR: synchronizing(body.load(fuse_fsync_in.self))
    case FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW: locking(body.load(fuse_lk_in.self))
    case FUSE_FALLOCATE: allocating(body.load(fuse_fallocate_in.self))
    case FUSE_LSEEK: seeking(body.load(fuse_lseek_in.self))
    case FUSE_COPY_FILE_RANGE: copying(body.load(fuse_copy_file_range_in.self))
    case FUSE_IOCTL: controlling(body.load(fuse_ioctl_in.self))
    default: []
    }
}

private func opening(_ open: fuse_open_in) -> [Detail] {
    let kills = open.open_flags & UInt32(FUSE_OPEN_KILL_SUIDGID) != 0
    return [Detail("flags", FlagNames.openFlags(open.flags))] + (kills ? [Detail("kill_suidgid", .flag(true))] : [])
}

private func creating(_ create: fuse_create_in) -> [Detail] {
    [
        Detail("flags", FlagNames.openFlags(create.flags)), Detail("mode", .octal(create.mode)),
        Detail("umask", .octal(create.umask)),
    ]
}

private func reading(_ read: fuse_read_in) -> [Detail] {
    [Detail("handle", read.fh), Detail("offset", read.offset), Detail("size", read.size)]
}

private func writing(_ write: fuse_write_in) -> [Detail] {
    let how = write.write_flags & ~UInt32(FUSE_WRITE_LOCKOWNER)
    return [Detail("handle", write.fh), Detail("offset", write.offset), Detail("size", write.size)]
        + (how == 0 ? [] : [Detail("how", FlagNames.writing(how))])
}

private func releasing(_ release: fuse_release_in) -> [Detail] {
    [Detail("handle", release.fh)]
        + (release.release_flags == 0 ? [] : [Detail("how", FlagNames.releasing(release.release_flags))])
}

private func synchronizing(_ fsync: fuse_fsync_in) -> [Detail] {
    let dataOnly = fsync.fsync_flags & UInt32(FUSE_FSYNC_FDATASYNC) != 0
    return [Detail("handle", fsync.fh), Detail("data_only", .flag(dataOnly))]
}

private func locking(_ lock: fuse_lk_in) -> [Detail] {
    [
        Detail("handle", lock.fh), Detail("type", FlagNames.lockType(lock.lk.type)), Detail("start", lock.lk.start),
        Detail("end", lock.lk.end), Detail("owner", .hexadecimal(lock.owner)),
        Detail("flock", .flag(lock.lk_flags & UInt32(FUSE_LK_FLOCK) != 0)),
    ]
}

private func allocating(_ allocate: fuse_fallocate_in) -> [Detail] {
    [
        Detail("handle", allocate.fh), Detail("offset", allocate.offset), Detail("length", allocate.length),
        Detail("mode", FlagNames.allocation(allocate.mode)),
    ]
}

private func seeking(_ seek: fuse_lseek_in) -> [Detail] {
    [
        Detail("handle", seek.fh), Detail("offset", .signed(Int64(bitPattern: seek.offset))),
        Detail("whence", FlagNames.whence(seek.whence)),
    ]
}

private func copying(_ copy: fuse_copy_file_range_in) -> [Detail] {
    [
        Detail("handle", copy.fh_in), Detail("offset", copy.off_in), Detail("target_handle", copy.fh_out),
        Detail("target_offset", copy.off_out), Detail("length", copy.len), Detail("flags", .hexadecimal(copy.flags)),
    ]
}

private func controlling(_ control: fuse_ioctl_in) -> [Detail] {
    [
        Detail("handle", control.fh), Detail("command", .hexadecimal(UInt64(control.cmd))),
        Detail("flags", FlagNames.control(control.flags)), Detail("in_size", control.in_size),
        Detail("out_size", control.out_size),
    ]
}
