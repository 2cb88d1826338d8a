import Glibc

/// Puts /dev/null in the place of descriptors 0 to 2, but leaves standard error where it is a regular file.
///
/// Somebody may wait for the end of a pipe, or close a terminal; nobody waits for a file to be closed.
package func leaveStandardStreamsButErrorFile() throws(SystemError) {
    let errors = FileReference(STDERR_FILENO)
    guard FileKind(mode: try errors.status().st_mode) == .regular else { return try leaveStandardStreams() }
    let kept = try errors.duplicate()
    try leaveStandardStreams()
    try attempt("dup2", on: "descriptor \(STDERR_FILENO)") { dup2(kept.number, STDERR_FILENO) }
}

/// write(2) on standard error until every byte is out; waits where it was made not to wait, O_NONBLOCK.
package func writeErrorStream(_ bytes: [UInt8]) throws(SystemError) {
    var done = 0
    while done < bytes.count {
        do {
            done += try attempt("write", on: "standard error") {
                bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress! + done, bytes.count - done) }
            }
        } catch {
            guard error.reason == Errno(EAGAIN) else { throw error }
            var poller = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            try attempt("poll", on: "standard error") { poll(&poller, 1, -1) }
        }
    }
}
