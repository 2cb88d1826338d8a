import Glibc

extension OpenFile where Self: ~Copyable {
    /// fcntl(2), FD_CLOEXEC taken away: a program that is executed gets this descriptor.
    package func stayOnExecution() throws(SystemError) {
        try attempt("fcntl", on: "descriptor \(number)") { fcntl(number, F_SETFD, 0) }
    }

    /// Whether it was opened with O_PATH, and stands for a place only.
    package func isPlaceOnly() throws(SystemError) -> Bool { try statusFlags() & O_PATH != 0 }
}
