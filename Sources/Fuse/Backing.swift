import CFuse
import Glibc
import Linux

/// Registers files with a FUSE connection, whose reads and writes the kernel then passes on to them by itself:
/// FUSE_DEV_IOC_BACKING_OPEN of fuse(4). Needs CAP_SYS_ADMIN in the initial user namespace.
///
/// Whatever the kernel does with such a file it does with the credentials of the thread that registered it.
package enum BackingFile {
    /// The number an answer can name `file` by, above 0, until it is closed.
    package static func open(_ file: FileReference, on device: FileReference) throws(Errno) -> Int32 {
        try errnoCall { berth_open_backing(device.number, file.number) }
    }

    package static func close(_ number: Int32, on device: FileReference) throws(Errno) {
        _ = try errnoCall { berth_close_backing(device.number, UInt32(bitPattern: number)) }
    }

    /// The requests of ioctl(2) that these two are.
    package static var requests: [UInt64] {
        [UInt64(berth_open_backing_request()), UInt64(berth_close_backing_request())]
    }
}

/// Makes the answer to the open or create at hand name a backing file.
package func answerWithBacking(_ number: Int32) { Worker.current.pointee.backing = number }

/// libfuse 3.14 knows no backing files: its answer is completed on the way out. What ends it is struct fuse_open_out.
func nameBacking(_ number: Int32, in answer: iovec) {
    let size = MemoryLayout<fuse_open_out>.size
    guard number > 0, answer.iov_len >= size else { return }
    let opened = (answer.iov_base + (answer.iov_len - size)).assumingMemoryBound(to: fuse_open_out.self)
    // The kernel refuses both together: it keeps nothing of the file's data.
    opened.pointee.open_flags &= ~UInt32(FOPEN_KEEP_CACHE)
    opened.pointee.open_flags |= UInt32(FOPEN_PASSTHROUGH)
    berth_set_backing(opened, number)
}
