import CRawCalls
import Glibc

/// A copy of a program that may be executed.
func copyProgram(_ source: String, to path: String, mode: mode_t = 0o755) throws {
    let from = try must("open \(source)", raw_openat(AT_FDCWD, source, O_RDONLY | O_CLOEXEC, 0))
    let to = try must("open", raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700))
    defer {
        close(from)
        close(to)
    }
    while try must("sendfile", sendfile(to, from, nil, 1 << 20)) > 0 {}
    try must("fchmod", fchmod(to, mode))
}

/// execv(3) without arguments; comes back only when it fails.
func execute(_ path: String) {
    path.withCString { path in
        var arguments: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: path), nil]
        execv(path, &arguments)
    }
}

/// The exit status of a child which the block turns into a program; the errno plus 100 if it could not.
func exitStatus(_ body: () -> Void) throws -> Int32 {
    var status: Int32 = 0
    let child = try must("fork", fork())
    if child == 0 {
        body()
        _exit(100 + errno)
    }
    waitpid(child, &status, 0)
    return raw_exit_status(status)
}
