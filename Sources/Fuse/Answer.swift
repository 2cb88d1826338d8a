import CFuse
import Glibc
import Linux

/// What a request is answered with, if it does not fail.
enum Reply {
    /// Success, and nothing more to say.
    case done
    /// No answer is owed: forget.
    case none
    case entry(Entry)
    case attributes(stat, timeout: Double)
    case opened(fuse_file_info)
    case created(Entry, fuse_file_info)
    case written(Int)
    /// So many bytes of the room that the request was given.
    case bytes(UnsafeRawBufferPointer)
    /// The size of an extended attribute, for a caller that only asked how much room it needs.
    case size(Int)
    case offset(Int)
    case fileSystem(statvfs)
    /// What an ioctl(2) that succeeded gives back.
    case controlled(UnsafeRawBufferPointer)
    case lock(flock)
    /// Somebody else answers, later.
    case postponed
}

/// Runs one request, and sends exactly one reply: what it returned, or the error it threw.
func answer(_ request: fuse_req_t?, _ work: (any FileSystem) throws(Errno) -> Reply) {
    guard let request else { return }
    let fileSystem = Unmanaged<SessionState>.fromOpaque(fuse_req_userdata(request)!)
        ._withUnsafeGuaranteedRef { $0.fileSystem }
    do throws(Errno) { send(try work(fileSystem), to: request) } catch { fuse_reply_err(request, error.rawValue) }
}

/// The same for requests that change something: where nothing may be changed, they are refused here and nowhere else.
func answerChange(_ request: fuse_req_t?, _ work: (any FileSystem) throws(Errno) -> Reply) {
    answer(request) { (fileSystem) throws(Errno) in
        if fileSystem.readOnly { throw Errno(EROFS) }
        return try work(fileSystem)
    }
}

/// The same for requests that fill a room of the size the kernel asked for; with `sizeOnly`, 0 asks for the size alone.
func answerFilling(
    _ request: fuse_req_t?, _ size: Int, sizeOnly: Bool = false,
    _ work: (any FileSystem, UnsafeMutableRawBufferPointer) throws(Errno) -> Int
) {
    withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 16) { room in
        answer(request) { (fileSystem) throws(Errno) in
            let asked = UnsafeMutableRawBufferPointer(rebasing: room[..<size])
            let count = try work(fileSystem, asked)
            return sizeOnly && size == 0 ? .size(count) : .bytes(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}

private func send(_ reply: Reply, to request: fuse_req_t) {
    switch reply {
    case .none: fuse_reply_none(request)
    case .done: fuse_reply_err(request, 0)
    case .entry(var entry): fuse_reply_entry(request, &entry)
    case .attributes(var status, let timeout): fuse_reply_attr(request, &status, timeout)
    case .opened(var file): fuse_reply_open(request, &file)
    case .created(var entry, var file): fuse_reply_create(request, &entry, &file)
    case .written(let count): fuse_reply_write(request, count)
    case .bytes(let bytes):
        fuse_reply_buf(request, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    case .size(let size): fuse_reply_xattr(request, size)
    case .offset(let offset): fuse_reply_lseek(request, offset)
    case .fileSystem(var status): fuse_reply_statfs(request, &status)
    case .lock(var lock): fuse_reply_lock(request, &lock)
    case .postponed: break
    case .controlled(let bytes): fuse_reply_ioctl(request, 0, bytes.baseAddress, bytes.count)
    }
}
