import Fuse
import Glibc
import Linux

/// Requests about the data of open files.
extension PassthroughFileSystem {
    func read(
        _ number: NodeNumber, _ file: OpenFileState, into room: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(Errno) -> Int {
        try withReadable(number, file) { (source) throws(Errno) in
            var done = 0
            while done < room.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: room[done...])
                let count = try source.read(into: rest, at: offset + done)
                if count == 0 { break }
                done += count
            }
            return done
        }
    }

    func write(_ file: OpenFileState, _ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        let target = try handles.find(file)
        // A page that was written through a mapping has its place, even when the file was opened to append.
        let appends = file.flags & O_APPEND != 0 && file.writepage == 0
        return try changingData { () throws(Errno) in
            appends ? try target.append(bytes) : try write(bytes, to: target, at: offset, isPage: file.writepage != 0)
        }
    }

    /// Of pages that were written through a mapping the kernel looks at no count: all of them, or an error.
    private func write(
        _ bytes: UnsafeRawBufferPointer, to target: FileReference, at offset: Int, isPage: Bool
    ) throws(Errno) -> Int {
        var done = 0
        repeat {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            do throws(Errno) { done += try target.write(rest, at: offset + done) } catch {
                if isPage || done == 0 { throw error }
                return done
            }
        } while isPage && done < bytes.count
        return done
    }

    func synchronize(_ file: OpenFileState, dataOnly: Bool) throws(Errno) {
        try handles.find(file).flushToDisk(dataOnly: dataOnly)
    }

    func allocate(_ file: OpenFileState, mode: Int32, offset: Int, length: Int) throws(Errno) {
        let target = try handles.find(file)
        try changingData(clearsSetID: true) { () throws(Errno) in
            try target.allocate(mode: mode, offset: offset, length: length)
        }
    }

    func seek(_ number: NodeNumber, _ file: OpenFileState, _ offset: Int, _ whence: Int32) throws(Errno) -> Int {
        try withReadable(number, file) { (source) throws(Errno) in try source.seek(offset, whence) }
    }

    func copy(_ request: CopyRequest) throws(Errno) -> Int {
        let source = try handles.find(request.source)
        let target = try handles.find(request.target)
        return try changingData(clearsSetID: true) { () throws(Errno) in
            try source.copy(
                from: request.sourceOffset, to: target, at: request.targetOffset, length: request.length,
                flags: request.flags)
        }
    }
}
