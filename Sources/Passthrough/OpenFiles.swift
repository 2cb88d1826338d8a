import Fuse
import Glibc
import Linux

/// Requests that open and close: the kernel's handle is the descriptor's number.
extension PassthroughFileSystem {
    func open(_ number: NodeNumber, _ file: inout OpenFileState) throws(Errno) {
        if opensNothing { throw Errno(ENOSYS) }
        var opened = try openRegular(number, sourceFlags(file.flags))
        try finishOpening(&opened, &file, truncates: file.flags & O_TRUNC != 0)
        file.fh = try handles.give(opened.descriptor, of: number)
        file.keep_cache = countOpen(number, opened.attributes) ? 1 : 0
        try passOn(number, opened.file, opened.attributes, &file)
    }

    func create(_ place: NewPlace, mode: mode_t, _ file: inout OpenFileState) throws(Errno) -> Entry {
        try checkName(place.name)
        return try withDirectory(place.parent) { (directory, index) throws(Errno) in
            let changes = state.changes
            var (opened, isNew) = try createFile(place, in: directory, mode, file.flags)
            try finishOpening(&opened, &file, truncates: file.flags & O_TRUNC != 0 && !isNew)
            let entry = try orClose(opened.descriptor) { () throws(Errno) in
                try remember(opened.attributes, place.name, in: directory, index, asOf: changes)
            }
            do throws(Errno) {
                file.fh = try handles.give(opened.descriptor, of: entry.ino)
                file.keep_cache = countOpen(entry.ino, opened.attributes, isNew: isNew) ? 1 : 0
                try passOn(entry.ino, opened.file, opened.attributes, &file)
            } catch {
                // The kernel is told of no file.
                forget(entry.ino, lookups: 1)
                throw error
            }
            return entry
        }
    }

    /// On a local file system by O_EXCL first, whatever the caller said, to know whether it was made just now: on NFS that
    /// takes one request more.
    private func createFile(
        _ place: NewPlace, in directory: FileReference, _ mode: mode_t, _ flags: Int32
    ) throws(Errno) -> (OpenedFile, isNew: Bool) {
        let wanted = sourceFlags(flags) | O_CREAT
        let isExclusive = flags & O_EXCL != 0
        let number = try making(place, mode: mode) { () throws(Errno) -> (Int32, isNew: Bool) in
            if isExclusive || localDevice != nil {
                do throws(Errno) {
                    let made = try openSparing(directory, place.name, wanted | O_EXCL, mode: mode & 0o7777)
                    return (made, true)
                } catch {
                    if isExclusive || error != Errno(EEXIST) { throw error }
                }
            }
            return (try openSparing(directory, place.name, wanted, mode: mode & 0o7777), false)
        }
        return (try OpenedFile(number.0), number.isNew)
    }

    func release(_ number: NodeNumber, _ file: OpenFileState) {
        guard let open = handles.takeBack(file.fh) else { return }
        if settings.locks == .remote {
            locks.closing(file.fh, of: open.node) { _ = close(open.descriptor) }
        } else {
            close(open.descriptor)
        }
        backings?.close(open.node)
        state.locked { nodes, _ in
            guard let index = nodes.knownIndex(of: open.node) else { return }
            if nodes[index].opens > 0 { nodes[index].opens -= 1 }
        }
    }

    func flush(_ number: NodeNumber, _ file: OpenFileState) throws(Errno) {
        // Nothing was written, here or through any other handle: the kernel need not ask again.
        if readOnly && settings.locks == .local { throw Errno(ENOSYS) }
        let open = try handles.find(file)
        // The kernel has written its pages: each write has told all there is to tell.
        if isLocal(number) { return }
        do throws(Errno) { try open.reportCloseError() } catch {
            guard error == Errno(EMFILE) else { throw error }
            state.locked { giveUpUnused($0, &$1) }
            try open.reportCloseError()
        }
    }

    private func isLocal(_ number: NodeNumber) -> Bool {
        guard let localDevice else { return false }
        return state.locked { nodes, _ in
            guard let index = nodes.knownIndex(of: number) else { return false }
            return nodes[index].key.device == localDevice
        }
    }

    /// Runs `body` with a descriptor that the file's data can be read through: its handle's, or one that is kept where the
    /// kernel opens by itself.
    func withReadable<Value>(
        _ number: NodeNumber, _ file: OpenFileState, _ body: (FileReference) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard opensNothing else { return try body(try handles.find(file)) }
        let held = try holdReadable(number)
        defer { release(held) }
        return try body(held.file)
    }

    private func holdReadable(_ number: NodeNumber) throws(Errno) -> HeldDescriptor {
        let held = try state.locked { (nodes, cache) throws(Errno) -> HeldDescriptor? in
            let index = try nodes.index(of: number)
            let slot = nodes[index].slot
            return slot == 0 ? nil : HeldDescriptor(file: FileReference(cache.use(slot)), slot: slot, index: index)
        }
        if let held { return held }
        let opened = try openRegular(number, sourceFlags(O_RDONLY))
        try orClose(opened.descriptor) { () throws(Errno) in try checkRegular(opened.attributes) }
        return keep(opened.descriptor, for: UInt32(truncatingIfNeeded: number))
    }

    /// What of the caller's flags reaches the source. O_TRUNC waits until it is known which file was opened; O_APPEND is
    /// looked at with each write; O_DIRECT is between the caller and the kernel's cache.
    private func sourceFlags(_ flags: Int32) -> Int32 {
        let passed = flags & (O_ACCMODE | O_SYNC | O_DSYNC | O_NOATIME)
        return passed | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    }

    private func openRegular(_ number: NodeNumber, _ flags: Int32) throws(Errno) -> OpenedFile {
        try settled { () throws(Errno) in
            let known = try state.node(number)
            let (index, node) = (known.index, known.node)
            switch known.pin {
            case .some(let pin): return try reopenPinned(pin.file, node.key, flags)
            case nil: break
            }
            let parent = try holdDirectory(at: node.parent)
            defer { release(parent) }
            return try openNamed(index, in: parent.file, flags)
        }
    }

    /// Opens a file that has lost its name, through /proc/self/fd; links are followed there, so only regular files are.
    private func reopenPinned(_ pin: FileReference, _ key: FileKey, _ flags: Int32) throws(Errno) -> OpenedFile {
        try checkRegular(try FileAttributes.of(pin))
        return try withPath(of: pin) { (path) throws(Errno) in
            let opened = try OpenedFile(try openSparing(.workingDirectory, path, flags & ~O_NOFOLLOW))
            if FileKey(opened.attributes) == key { return opened }
            close(opened.descriptor)
            throw Errno(ESTALE)
        }
    }

    /// Only a regular file is ever kept open.
    private func checkRegular(_ attributes: FileAttributes) throws(Errno) {
        guard attributes.kind == .regular else { throw Errno(ESTALE) }
    }

    /// What is to be truncated is truncated now.
    private func finishOpening(
        _ opened: inout OpenedFile, _ file: inout OpenFileState, truncates: Bool
    ) throws(Errno) {
        let before = opened
        try orClose(before.descriptor) { () throws(Errno) in
            try checkRegular(before.attributes)
            if truncates { try truncate(before.file, before.attributes, file.flags) }
        }
        if truncates { opened = try OpenedFile(before.descriptor) }
        file.noflush = hasNothingToFlush(file.flags, opened.attributes) ? 1 : 0
    }

    /// Closing it has nothing to write and nothing to report: nothing was written through it, or each write has told all
    /// there is to tell. Through a file that is open for both there may be a mapping, whose pages are written now.
    private func hasNothingToFlush(_ flags: Int32, _ attributes: FileAttributes) -> Bool {
        // Every close ends the record locks of whoever closes.
        if settings.locks == .remote { return false }
        return switch flags & O_ACCMODE {
        case O_RDONLY: true
        case O_WRONLY: attributes.identity.device == localDevice
        default: false
        }
    }

    /// A file that is open for reading only is truncated by its path in /proc/self/fd, where the right to write is asked
    /// for. One that is empty may have been made just now, without that right.
    private func truncate(_ opened: FileReference, _ attributes: FileAttributes, _ flags: Int32) throws(Errno) {
        try changingData { () throws(Errno) in
            if flags & O_ACCMODE != O_RDONLY { return try opened.truncate(to: 0) }
            if flags & O_CREAT != 0 && attributes.status.st_size == 0 { return }
            try withPath(of: opened) { (path) throws(Errno) in try FollowedPath.truncate(path, to: 0) }
        }
    }
}
