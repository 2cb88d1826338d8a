import Fuse
import Glibc
import Linux

/// Requests about open files: the kernel's handle is the descriptor's number.
extension PassthroughFileSystem {
    func open(_ number: NodeNumber, _ file: inout OpenFileState) throws(Errno) {
        let descriptor = try openRegular(number, sourceFlags(file.flags))
        try finishOpening(descriptor, &file)
        countOpen(number)
    }

    func create(_ place: NewPlace, mode: mode_t, _ file: inout OpenFileState) throws(Errno) -> Entry {
        try checkName(place.name)
        let flags = sourceFlags(file.flags) | O_CREAT | (file.flags & O_EXCL)
        return try withDirectory(place.parent) { (directory, index) throws(Errno) in
            let descriptor = try withUmask(place.umask) { () throws(Errno) in
                try openSparing(directory, place.name, flags, mode: mode & 0o7777)
            }
            try finishOpening(descriptor, &file)
            let attributes = try FileAttributes.of(FileReference(descriptor))
            let entry = try remember(attributes, place.name, index)
            countOpen(entry.ino)
            return entry
        }
    }

    func release(_ number: NodeNumber, _ file: OpenFileState) {
        close(FileReference(handle: file).number)
        state.locked { nodes, _ in
            let index = UInt32(truncatingIfNeeded: number)
            if nodes[index].opens > 0 { nodes[index].opens -= 1 }
        }
    }

    func read(_ file: OpenFileState, into room: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        var done = 0
        while done < room.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[done...])
            let count = try FileReference(handle: file).read(into: rest, at: offset + done)
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ file: OpenFileState, _ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        let target = FileReference(handle: file)
        // A page that was written through a mapping has its place, even when the file was opened to append.
        if file.flags & O_APPEND != 0 && file.writepage == 0 { return try target.append(bytes) }
        return try target.write(bytes, at: offset)
    }

    func flush(_ file: OpenFileState) throws(Errno) { try FileReference(handle: file).reportCloseError() }

    func synchronize(_ file: OpenFileState, dataOnly: Bool) throws(Errno) {
        try FileReference(handle: file).flushToDisk(dataOnly: dataOnly)
    }

    func allocate(_ file: OpenFileState, mode: Int32, offset: Int, length: Int) throws(Errno) {
        try FileReference(handle: file).allocate(mode: mode, offset: offset, length: length)
    }

    func seek(_ file: OpenFileState, _ offset: Int, _ whence: Int32) throws(Errno) -> Int {
        try FileReference(handle: file).seek(offset, whence)
    }

    func copy(_ request: CopyRequest) throws(Errno) -> Int {
        try FileReference(handle: request.source).copy(
            from: request.sourceOffset, to: FileReference(handle: request.target), at: request.targetOffset,
            length: request.length, flags: request.flags)
    }

    /// What of the caller's flags reaches the source. O_TRUNC waits until it is known which file was opened; O_APPEND is
    /// looked at with each write; O_DIRECT is between the caller and the kernel's cache.
    private func sourceFlags(_ flags: Int32) -> Int32 {
        let passed = flags & (O_ACCMODE | O_SYNC | O_DSYNC | O_NOATIME)
        return passed | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    }

    private func openRegular(_ number: NodeNumber, _ flags: Int32) throws(Errno) -> Int32 {
        try settled { () throws(Errno) in
            let (index, node) = try state.locked { (nodes, _) throws(Errno) in
                let index = try nodes.index(of: number)
                return (index, nodes[index])
            }
            if node.pin >= 0 { return try reopenPinned(FileReference(node.pin), flags) }
            let parent = try holdDirectory(node.parent)
            defer { release(parent) }
            return try openNamed(index, in: parent.file, flags)
        }
    }

    /// Opens a file that has lost its name, through /proc/self/fd; links are followed there, so only regular files are.
    private func reopenPinned(_ pin: FileReference, _ flags: Int32) throws(Errno) -> Int32 {
        guard try FileAttributes.of(pin).kind == .regular else { throw Errno(ESTALE) }
        return try withPath(of: pin) { (path) throws(Errno) in
            try openSparing(.workingDirectory, path, flags & ~O_NOFOLLOW)
        }
    }

    /// Only a regular file is ever kept open; what is to be truncated is truncated now.
    private func finishOpening(_ descriptor: Int32, _ file: inout OpenFileState) throws(Errno) {
        do throws(Errno) {
            let opened = FileReference(descriptor)
            guard try FileAttributes.of(opened).kind == .regular else { throw Errno(ESTALE) }
            if file.flags & O_TRUNC != 0 { try opened.truncate(to: 0) }
        } catch {
            close(descriptor)
            throw error
        }
        file.fh = UInt64(UInt32(bitPattern: descriptor))
        file.keep_cache = settings.cache == .always ? 1 : 0
        // Nothing was written through it: close has nothing to report.
        file.noflush = file.flags & O_ACCMODE == O_RDONLY ? 1 : 0
    }

    private func countOpen(_ number: NodeNumber) {
        state.locked { nodes, _ in nodes[UInt32(truncatingIfNeeded: number)].opens += 1 }
    }
}
