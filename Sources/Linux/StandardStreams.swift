import Glibc

/// Opens /dev/null for each of the descriptors 0 to 2 that is closed, so that no file opened later takes its place.
///
/// Call it before anything is opened.
package func openClosedStandardStreams() throws(SystemError) {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
        // The lowest free number is the one wanted, since those below it are open by now.
        try attempt("open", on: "/dev/null") { open("/dev/null", O_RDWR) }
    }
}

/// Puts /dev/null in the place of descriptors 0 to 2, as a process does that outlives the terminal it was started at.
package func leaveStandardStreams() throws(SystemError) {
    let null = try FileReference.workingDirectory.open("/dev/null", .readWrite)
    for number in Int32(0)...2 {
        try attempt("dup2", on: "descriptor \(number)") { dup2(null.number, number) }
    }
}

/// Puts /dev/null in the place of those descriptors 0 to 2 that stand for directories: a way down into them.
package func leaveStandardDirectories() throws(SystemError) {
    for number in Int32(0)...2 {
        guard try FileReference(number).status().kind == .directory else { continue }
        let null = try FileReference.workingDirectory.open("/dev/null", .readWrite)
        try attempt("dup2", on: "descriptor \(number)") { dup2(null.number, number) }
    }
}

extension OpenFile where Self: ~Copyable {
    /// fcntl(2), F_GETFL: O_RDONLY, O_WRONLY or O_RDWR, and the status flags.
    package func statusFlags() throws(SystemError) -> Int32 {
        try attempt("fcntl", on: "descriptor \(number)") { fcntl(number, F_GETFL) }
    }

    /// fcntl(2), FD_CLOEXEC: no program that is executed gets this descriptor.
    package func closeOnExecution() throws(SystemError) {
        try attempt("fcntl", on: "descriptor \(number)") { fcntl(number, F_SETFD, FD_CLOEXEC) }
    }

    /// fcntl(2), F_DUPFD_CLOEXEC: a further descriptor for the same open file, above 2, closed on exec.
    package func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try attempt("fcntl", on: "descriptor \(number)") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }

    /// Writes everything in a single write(2); a pipe whose reader has gone answers EPIPE and no SIGPIPE arrives.
    ///
    /// A write that took only a part throws EIO: the rest would no longer be one record.
    package func writeRecord(_ bytes: [UInt8]) throws(SystemError) {
        try withoutPipeSignal { () throws(SystemError) in
            let written = try attempt("write", on: "descriptor \(number)") { Glibc.write(number, bytes, bytes.count) }
            if written != bytes.count { throw SystemError("write", on: "descriptor \(number)", Errno(EIO)) }
        }
    }
}

/// SIGPIPE is sent to the thread that wrote: held back meanwhile, and taken out of the queue before it is let through again.
private func withoutPipeSignal(_ body: () throws(SystemError) -> Void) throws(SystemError) {
    var pipe = sigset_t()
    var before = sigset_t()
    var waiting = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    sigpending(&waiting)
    try attemptReturningError("pthread_sigmask") { pthread_sigmask(SIG_BLOCK, &pipe, &before) }
    defer {
        var now = timespec()
        if sigismember(&waiting, SIGPIPE) == 0 { while sigtimedwait(&pipe, nil, &now) == SIGPIPE {} }
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    try body()
}
