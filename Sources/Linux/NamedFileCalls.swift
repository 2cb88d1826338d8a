import CLinux
import Glibc

/// A name or a path that ends with a NUL byte.
package typealias CName = UnsafePointer<CChar>

/// The calls a file server makes for each request: names as C strings, plain numbers for descriptors that go into
/// tables, and only the error number on failure. Nothing here allocates.
extension OpenFile where Self: ~Copyable {
    /// openat(2), O_CLOEXEC; the caller closes the number.
    package func openNumber(_ name: CName, _ flags: Int32, mode: mode_t = 0) throws(Errno) -> Int32 {
        try errnoCall { berth_openat(number, name, flags | O_CLOEXEC, mode) }
    }

    /// mkdirat(2).
    package func makeDirectory(_ name: CName, mode: mode_t) throws(Errno) {
        _ = try errnoCall { mkdirat(number, name, mode) }
    }

    /// mknodat(2).
    package func makeNode(_ name: CName, mode: mode_t, device: dev_t) throws(Errno) {
        _ = try errnoCall { mknodat(number, name, mode, device) }
    }

    /// symlinkat(2).
    package func makeSymbolicLink(_ name: CName, to target: CName) throws(Errno) {
        _ = try errnoCall { symlinkat(target, number, name) }
    }

    /// linkat(2) with AT_SYMLINK_FOLLOW: `path` may be a link of /proc/self/fd, which leads to the very file.
    package func makeHardLink(_ name: CName, toFollowed path: CName, in directory: FileReference) throws(Errno) {
        _ = try errnoCall { linkat(directory.number, path, number, name, AT_SYMLINK_FOLLOW) }
    }

    /// unlinkat(2).
    package func remove(_ name: CName, directory: Bool) throws(Errno) {
        _ = try errnoCall { unlinkat(number, name, directory ? AT_REMOVEDIR : 0) }
    }

    /// renameat2(2).
    package func rename(_ name: CName, to other: FileReference, _ newName: CName, flags: UInt32) throws(Errno) {
        _ = try errnoCall { renameat2(number, name, other.number, newName, flags) }
    }

    /// readlinkat(2): how many bytes were written to `room`. An empty name reads the link that this descriptor is.
    package func readLink(_ name: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try errnoCall { readlinkat(number, name, room.baseAddress!.assumingMemoryBound(to: CChar.self), room.count) }
    }

    /// fchownat(2), AT_EMPTY_PATH: this file itself, links included. 4294967295 leaves an id as it is.
    package func changeOwner(user: uid_t, group: gid_t) throws(Errno) {
        _ = try errnoCall { fchownat(number, "", user, group, AT_EMPTY_PATH) }
    }

    /// pread(2).
    package func read(into room: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        try errnoCall { pread(number, room.baseAddress, room.count, offset) }
    }

    /// pwrite(2).
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        try errnoCall { pwrite(number, bytes.baseAddress, bytes.count, offset) }
    }

    /// ftruncate(2).
    package func truncate(to size: Int) throws(Errno) {
        _ = try errnoCall { ftruncate(number, size) }
    }

    /// fallocate(2).
    package func allocate(mode: Int32, offset: Int, length: Int) throws(Errno) {
        _ = try errnoCall { fallocate(number, mode, offset, length) }
    }

    /// lseek(2), SEEK_DATA and SEEK_HOLE among others.
    package func seek(_ offset: Int, _ whence: Int32) throws(Errno) -> Int {
        try errnoCall { lseek(number, offset, whence) }
    }

    /// fsync(2), or fdatasync(2).
    package func flushToDisk(dataOnly: Bool) throws(Errno) {
        _ = try errnoCall { dataOnly ? fdatasync(number) : fsync(number) }
    }

    /// close(2) of a duplicate: what close would report, while the descriptor stays open.
    package func reportCloseError() throws(Errno) {
        let duplicate = try errnoCall { dup(number) }
        // Not repeated after EINTR: the descriptor is closed all the same, close(2).
        if Glibc.close(duplicate) == -1 && Errno.current != Errno(EINTR) { throw Errno.current }
    }

    /// fstatvfs(3).
    package func fileSystemStatus() throws(Errno) -> statvfs {
        var answer = statvfs()
        _ = try errnoCall { fstatvfs(number, &answer) }
        return answer
    }

    /// copy_file_range(2); both offsets count from the beginning.
    package func copy(
        from offset: Int, to target: FileReference, at targetOffset: Int, length: Int, flags: UInt32
    ) throws(Errno) -> Int {
        var here = offset
        var there = targetOffset
        return try errnoCall { copy_file_range(number, &here, target.number, &there, length, flags) }
    }
}

extension OpenFile where Self: ~Copyable {
    /// faccessat2(2) with the effective ids: whether every right of `mode` is there, R_OK and so on.
    package func allows(_ mode: Int32, _ name: CName, following: Bool = false) -> Bool {
        faccessat(number, name, mode, AT_EACCESS | (following ? 0 : AT_SYMLINK_NOFOLLOW)) == 0
    }
}

extension timespec {
    /// UTIME_NOW of utimensat(2).
    package static var now: timespec { timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1) }
    /// UTIME_OMIT of utimensat(2).
    package static var unchanged: timespec { timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2) }
}

/// Calls that know no descriptor. A path that is a number leads, in /proc/self/fd, to the very file of that descriptor.
package enum FollowedPath {
    /// chmod(2).
    package static func changeMode(_ path: CName, _ mode: mode_t) throws(Errno) {
        _ = try errnoCall { chmod(path, mode) }
    }

    /// truncate(2).
    package static func truncate(_ path: CName, to size: Int) throws(Errno) {
        _ = try errnoCall { Glibc.truncate(path, size) }
    }

    /// utimensat(2).
    package static func changeTimes(_ path: CName, access: timespec, modification: timespec) throws(Errno) {
        let times = [access, modification]
        _ = try errnoCall { utimensat(AT_FDCWD, path, times, 0) }
    }

    /// access(2).
    package static func check(_ path: CName, mode: Int32) throws(Errno) {
        _ = try errnoCall { access(path, mode) }
    }

    /// getxattr(2): the value's size; with an empty `room` nothing is written.
    package static func attribute(_ path: CName, _ name: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno)
        -> Int
    { try errnoCall { getxattr(path, name, room.baseAddress, room.count) } }

    /// listxattr(2), likewise.
    package static func attributes(_ path: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try errnoCall { listxattr(path, room.baseAddress?.assumingMemoryBound(to: CChar.self), room.count) }
    }

    /// setxattr(2).
    package static func setAttribute(
        _ path: CName, _ name: CName, _ value: UnsafeRawBufferPointer, flags: Int32
    ) throws(Errno) { _ = try errnoCall { setxattr(path, name, value.baseAddress, value.count, flags) } }

    /// removexattr(2).
    package static func removeAttribute(_ path: CName, _ name: CName) throws(Errno) {
        _ = try errnoCall { removexattr(path, name) }
    }
}

extension OpenFile where Self: ~Copyable {
    /// pwritev2(2) with RWF_APPEND: at the end of the file, wherever that is by now.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        return try errnoCall { pwritev2(number, &vector, 1, 0, RWF_APPEND) }
    }
}
