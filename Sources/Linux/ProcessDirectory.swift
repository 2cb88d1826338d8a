import CLinux
import Glibc

/// A directory /proc/PID that is held: what is read through it is this process's, or fails with ESRCH once it has ended,
/// even where the number has been given to another.
package struct ProcessDirectory: ~Copyable {
    package let process: ProcessID
    private let directory: Descriptor

    /// ENOENT where there is no such process.
    package init(_ process: ProcessID) throws(SystemError) {
        self.process = process
        directory = try FileReference.workingDirectory.open("/proc/\(process.rawValue)", [.pathOnly, .directory])
    }

    /// One of its files, as bytes: at most 4 MiB.
    package func bytes(_ name: String) throws(SystemError) -> [UInt8] {
        try directory.open(name, .readOnly).readAll(limit: 4 << 20)
    }

    /// One of its files as text; what is not UTF-8 reads as U+FFFD.
    package func text(_ name: String) throws(SystemError) -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// One of its links, such as `ns/user`. Only for ptrace(2)'s PTRACE_MODE_READ.
    package func link(_ name: String) throws(SystemError) -> String { try directory.linkTarget(name) }

    /// Whom its files belong to: the process's own user; another, where it is not dumpable. proc(5)
    ///
    /// The directory itself always belongs to the process's user.
    package func owner() throws(SystemError) -> UInt32 { try directory.status(of: "status").st_uid }

    /// The numbers of its descriptors.
    package func descriptorNumbers() throws(SystemError) -> [Int32] {
        try numericNames(in: try directory.open("fd", [.directory]), on: "fd")
    }

    /// What one of its magic links, such as `fd/3` or `exe`, stands for. Asks no file server: AT_STATX_DONT_SYNC.
    package func known(_ name: String) throws(SystemError) -> KnownFile {
        var raw = statx()
        let flags = AT_NO_AUTOMOUNT | 0x4000  // AT_STATX_DONT_SYNC
        do {
            try attempt("statx", on: name) {
                berth_statx(directory.number, name, flags, UInt32(STATX_TYPE | STATX_INO | STATX_MNT_ID), &raw)
            }
        } catch {
            if error.reason == Errno(EACCES) { return try knownWithoutStatus(name) }
            throw error
        }
        let file = FileIdentity(
            device: UInt64(berth_makedev(raw.stx_dev_major, raw.stx_dev_minor)), inode: raw.stx_ino)
        return KnownFile(
            kind: FileKind(mode: mode_t(raw.stx_mode)), identity: file, major: raw.stx_rdev_major,
            minor: raw.stx_rdev_minor, mountID: Int(raw.stx_mnt_id))
    }

    /// A FUSE mount of somebody else's tells nobody anything, root included: only where it is and whether it can be entered.
    private func knownWithoutStatus(_ name: String) throws(SystemError) -> KnownFile {
        let mountID = try place(name).attachedMountID()
        var kind = FileKind.unknown
        do throws(SystemError) {
            _ = try directory.open(name, [.pathOnly, .directory])
            kind = .directory
        } catch {
            if error.reason != Errno(ENOTDIR) { throw error }
        }
        return KnownFile(kind: kind, identity: nil, major: 0, minor: 0, mountID: mountID)
    }

    /// The user namespace above its own, as `ns/user` would name it: ioctl_ns(2). EPERM where that is not below ours.
    package func parentUserNamespace() throws(SystemError) -> String {
        let own = try directory.open("ns/user", .readOnly)
        let parent = Descriptor(
            owning: try attempt("ioctl", on: "NS_GET_PARENT") { berth_parent_namespace(own.number) })
        return "user:[\(try parent.status().st_ino)]"
    }

    /// One of its magic links as a place to go on from, such as `root` or `fd/3`.
    package func place(_ name: String) throws(SystemError) -> Descriptor { try directory.open(name, .pathOnly) }

    /// Every process that /proc shows.
    package static func all() throws(SystemError) -> [ProcessID] {
        try numericNames(in: try FileReference.workingDirectory.open("/proc", [.directory]), on: "/proc")
            .map { ProcessID($0) }
    }
}

/// What is known of a file without asking whoever serves it.
package struct KnownFile: Hashable, Sendable {
    package var kind: FileKind
    /// nil where it lies on a FUSE mount that serves others only.
    package var identity: FileIdentity?
    /// Of a device.
    package var major: UInt32
    package var minor: UInt32
    /// The number in mountinfo of the mount it was opened on.
    package var mountID: Int

    package init(kind: FileKind, identity: FileIdentity?, major: UInt32, minor: UInt32, mountID: Int) {
        self.kind = kind
        self.identity = identity
        self.major = major
        self.minor = minor
        self.mountID = mountID
    }
}

/// The entries of a directory whose names are decimal numbers, ascending.
private func numericNames(in directory: consuming Descriptor, on path: String) throws(SystemError) -> [Int32] {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 32768, alignment: 8)
    defer { room.deallocate() }
    var numbers: [Int32] = []
    do {
        while case var entries = try directory.readEntries(into: room), !entries.isEmpty {
            while let entry = entries.next() {
                if let number = Int32(String(cString: entry.name)) { numbers.append(number) }
            }
        }
    } catch { throw SystemError("getdents64", on: path, error) }
    return numbers.sorted()
}
