import CFuse
import Glibc
import Linux

/// ioctl(2) in libfuse's table: the flags of files, and ENOTTY for everything else.
func addControlOperations(_ table: inout fuse_lowlevel_ops) {
    table.ioctl = { request, node, command, _, file, flags, bytes, size, room in
        let isDirectory = flags & UInt32(FUSE_IOCTL_DIR) != 0
        if let kind = FileFlags.allCases.first(where: { $0.reading == command }) {
            tellFlags(request, node, file!.pointee, kind, isDirectory: isDirectory, room: room)
        } else if let kind = FileFlags.allCases.first(where: { $0.setting == command }) {
            let given = UnsafeRawBufferPointer(start: bytes, count: size)
            setFlags(request, node, file!.pointee, kind, isDirectory: isDirectory, given)
        } else {
            answer(request) { (_) throws(Errno) in throw Errno(ENOTTY) }
        }
    }
}

/// The kernel offers as much room as the command's number says, which for FS_IOC_GETFLAGS is more than there is to tell.
private func tellFlags(
    _ request: fuse_req_t?, _ node: NodeNumber, _ file: OpenFileState, _ kind: FileFlags, isDirectory: Bool, room: Int
) {
    withUnsafeTemporaryAllocation(byteCount: kind.size, alignment: 8) { told in
        answer(request) { (fs) throws(Errno) in
            if room < kind.size { throw Errno(EINVAL) }
            try fs.readFlags(node, file, isDirectory: isDirectory, kind, into: told)
            return .controlled(UnsafeRawBufferPointer(told))
        }
    }
}

private func setFlags(
    _ request: fuse_req_t?, _ node: NodeNumber, _ file: OpenFileState, _ kind: FileFlags, isDirectory: Bool,
    _ given: UnsafeRawBufferPointer
) {
    withUnsafeTemporaryAllocation(byteCount: kind.size, alignment: 8) { flags in
        answerChange(request) { (fs) throws(Errno) in
            if given.count < kind.size { throw Errno(EINVAL) }
            flags.copyMemory(from: UnsafeRawBufferPointer(rebasing: given[..<kind.size]))
            let caller = fuse_req_ctx(request!).pointee.uid
            try fs.setFlags(
                node, file, isDirectory: isDirectory, kind, to: UnsafeRawBufferPointer(flags), caller: caller)
            return .controlled(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
