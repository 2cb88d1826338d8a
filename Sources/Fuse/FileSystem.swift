import CFuse
import Glibc
import Linux

/// The kernel's number for a file: what a lookup gave it, until it forgets it.
package typealias NodeNumber = fuse_ino_t

/// What a lookup answers: the node's number, its attributes, and how long both may be kept.
package typealias Entry = fuse_entry_param

/// What is known of an open file or directory, in both directions: flags, handle, cache wishes.
package typealias OpenFileState = fuse_file_info

/// A file system as the kernel asks for it, one method for each request of fuse(4). Methods return what was asked for,
/// or throw the error number for the caller; the reply is sent elsewhere, once. They are called from several threads.
package protocol FileSystem: AnyObject, Sendable {
    /// How long the kernel may keep what attributes(of:) and change(_:_:_:) answer of a node, in seconds.
    func attributeTimeout(of node: NodeNumber) -> Double
    /// Nothing may be changed: every request that would is answered EROFS before it gets here.
    var readOnly: Bool { get }
    /// FUSE_CAP_* of libfuse that are wanted, where the kernel has them.
    var wantedCapabilities: UInt32 { get }
    /// What is wanted beyond those, where the kernel has it.
    var kernelWishes: KernelWishes { get }
    /// The kernel's first request is about to be answered; `capabilities` are FUSE_CAP_* of what it can do.
    func started(_ capabilities: UInt32, _ features: KernelFeatures)
    /// It has been answered; no other request is served before this returns.
    func greeted(_ features: KernelFeatures)
    /// Where a node is beneath the root, for those who watch; nil for a number that is not known.
    func path(of node: NodeNumber) -> NodePath?
    /// How the file system is served, for those who watch.
    var facts: [Detail] { get }

    func lookup(_ name: CName, in parent: NodeNumber) throws(Errno) -> Entry
    func forget(_ node: NodeNumber, lookups: UInt64)
    func attributes(of node: NodeNumber, _ file: OpenFileState?) throws(Errno) -> stat
    func change(_ node: NodeNumber, _ change: AttributeChange, _ file: OpenFileState?) throws(Errno) -> stat
    func readLink(_ node: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    func access(_ node: NodeNumber, mode: Int32) throws(Errno)
    func fileSystemStatus(_ node: NodeNumber) throws(Errno) -> statvfs

    func makeNode(_ place: NewPlace, mode: mode_t, device: dev_t) throws(Errno) -> Entry
    func makeDirectory(_ place: NewPlace, mode: mode_t) throws(Errno) -> Entry
    func makeSymbolicLink(_ place: NewPlace, to target: CName) throws(Errno) -> Entry
    func makeHardLink(_ place: NewPlace, to node: NodeNumber) throws(Errno) -> Entry
    func remove(_ name: CName, in parent: NodeNumber, directory: Bool) throws(Errno)
    func rename(
        _ name: CName, in parent: NodeNumber, to newName: CName, in newParent: NodeNumber, flags: UInt32
    ) throws(Errno)

    func open(_ node: NodeNumber, _ file: inout OpenFileState) throws(Errno)
    func create(_ place: NewPlace, mode: mode_t, _ file: inout OpenFileState) throws(Errno) -> Entry
    func release(_ node: NodeNumber, _ file: OpenFileState)
    func read(
        _ node: NodeNumber, _ file: OpenFileState, into room: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(Errno) -> Int
    func write(_ file: OpenFileState, _ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) -> Int
    func flush(_ node: NodeNumber, _ file: OpenFileState) throws(Errno)
    func synchronize(_ file: OpenFileState, dataOnly: Bool) throws(Errno)
    func synchronizeDirectory(_ file: OpenFileState, dataOnly: Bool) throws(Errno)
    func allocate(_ file: OpenFileState, mode: Int32, offset: Int, length: Int) throws(Errno)
    func seek(_ node: NodeNumber, _ file: OpenFileState, _ offset: Int, _ whence: Int32) throws(Errno) -> Int
    func copy(_ request: CopyRequest) throws(Errno) -> Int

    func openDirectory(_ node: NodeNumber, _ file: inout OpenFileState) throws(Errno)
    func releaseDirectory(_ node: NodeNumber, _ file: OpenFileState)
    func readDirectory(
        _ node: NodeNumber, _ file: OpenFileState, at offset: Int, into listing: inout DirectoryListing
    ) throws(Errno)

    func attribute(_ node: NodeNumber, _ name: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    func attributeNames(_ node: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    func setAttribute(
        _ node: NodeNumber, _ name: CName, _ value: UnsafeRawBufferPointer, flags: Int32
    ) throws(Errno)
    func removeAttribute(_ node: NodeNumber, _ name: CName) throws(Errno)

    func lockInTheWay(_ node: NodeNumber, _ file: OpenFileState, of lock: flock) throws(Errno) -> flock
    /// Sets, changes or takes away a record lock of `file.lock_owner`. EAGAIN where another's is in the way.
    func setLock(_ node: NodeNumber, _ file: OpenFileState, _ lock: flock, _ conflict: LockConflict) throws(Errno)
    /// LOCK_SH, LOCK_EX or LOCK_UN for the open file. EAGAIN where another's lock is in the way.
    func lockWhole(
        _ node: NodeNumber, _ file: OpenFileState, _ operation: Int32, _ conflict: LockConflict, caller: pid_t
    ) throws(Errno)
    /// A descriptor of the file was closed by `file.lock_owner`, who loses every record lock on it.
    func closeEndsLocks(_ node: NodeNumber, _ file: OpenFileState)

    /// Both have room for exactly what there is of the kind.
    func readFlags(
        _ node: NodeNumber, _ file: OpenFileState, isDirectory: Bool, _ kind: FileFlags,
        into room: UnsafeMutableRawBufferPointer
    ) throws(Errno)
    func setFlags(
        _ node: NodeNumber, _ file: OpenFileState, isDirectory: Bool, _ kind: FileFlags,
        to flags: UnsafeRawBufferPointer, caller: UInt32
    ) throws(Errno)
}

/// Where something new is to be made, for whom, and the caller's umask(2), which the kernel leaves to the file system.
package struct NewPlace {
    package var parent: NodeNumber
    package var name: CName
    package var umask: mode_t
    package var user: UInt32
    package var group: UInt32
}

/// The request at hand changes data for a caller without CAP_FSETID: set-id bits are to go.
package var requestClearsSetID: Bool { Worker.current.pointee.clearsSetID }

/// What setattr asks for: the values of `status` that `fields` names.
package struct AttributeChange {
    package var status: stat
    package var fields: Fields

    /// FUSE_SET_ATTR_* of fuse_lowlevel.h.
    package struct Fields: OptionSet, Sendable {
        package let rawValue: Int32

        package init(rawValue: Int32) { self.rawValue = rawValue }

        package static let mode = Fields(rawValue: FUSE_SET_ATTR_MODE)
        package static let user = Fields(rawValue: FUSE_SET_ATTR_UID)
        package static let group = Fields(rawValue: FUSE_SET_ATTR_GID)
        package static let size = Fields(rawValue: FUSE_SET_ATTR_SIZE)
        package static let accessTime = Fields(rawValue: FUSE_SET_ATTR_ATIME)
        package static let modificationTime = Fields(rawValue: FUSE_SET_ATTR_MTIME)
        package static let accessTimeNow = Fields(rawValue: FUSE_SET_ATTR_ATIME_NOW)
        package static let modificationTimeNow = Fields(rawValue: FUSE_SET_ATTR_MTIME_NOW)
    }
}

/// One copy_file_range(2).
package struct CopyRequest {
    package var source: OpenFileState
    package var sourceOffset: Int
    package var target: OpenFileState
    package var targetOffset: Int
    package var length: Int
    package var flags: UInt32
}
