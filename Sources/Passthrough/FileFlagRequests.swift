import Fuse
import Glibc
import Linux

/// Requests about the flags of files, chattr(1): what the source's rules and the account's rights allow.
extension PassthroughFileSystem {
    func readFlags(
        _ number: NodeNumber, _ file: OpenFileState, isDirectory: Bool, _ kind: FileFlags,
        into room: UnsafeMutableRawBufferPointer
    ) throws(Errno) {
        try withControlled(number, file, isDirectory) { (source) throws(Errno) in
            try source.readFlags(kind, into: room.baseAddress!)
        }
    }

    func setFlags(
        _ number: NodeNumber, _ file: OpenFileState, isDirectory: Bool, _ kind: FileFlags,
        to flags: UnsafeRawBufferPointer, caller: UInt32
    ) throws(Errno) {
        let source = try handles.find(file, of: number)
        try checkCaller(caller, source, kind, flags)
        try source.setFlags(kind, to: flags.baseAddress!)
    }

    private func withControlled<Value>(
        _ number: NodeNumber, _ file: OpenFileState, _ isDirectory: Bool,
        _ body: (FileReference) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        if isDirectory && opensNoDirectory {
            let directory = Descriptor(owning: try openListing(number))
            return try body(directory.file)
        }
        if !isDirectory && opensNothing { return try withReadable(number, file, body) }
        return try body(try handles.find(file, of: number))
    }

    /// A server with power over other accounts' files must know that the caller may do it too: before Linux 5.13 the
    /// kernel does not ask. Where it names nobody, as for mounts whose owners may be mapped, it has asked.
    private func checkCaller(
        _ caller: UInt32, _ source: FileReference, _ kind: FileFlags, _ flags: UnsafeRawBufferPointer
    ) throws(Errno) {
        guard settings.audience == .everybody, caller != 0, caller != UInt32.max else { return }
        guard try FileAttributes.of(source).status.st_uid == outside(caller) else { throw Errno(EPERM) }
        try withUnsafeTemporaryAllocation(byteCount: kind.size, alignment: 8) { (room) throws(Errno) in
            try source.readFlags(kind, into: room.baseAddress!)
            let changed = room.load(as: UInt32.self) ^ flags.load(as: UInt32.self)
            if changed & kind.immutableBits != 0 { throw Errno(EPERM) }
        }
    }
}
