import CFuse
import Glibc
import Linux

/// What libfuse hands back with each request.
final class SessionState: Sendable {
    let fileSystem: any FileSystem

    init(_ fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Answers FUSE_INIT: of what the kernel and libfuse can do, exactly what the file system wants.
    func negotiate(_ connection: UnsafeMutablePointer<fuse_conn_info>) {
        connection.pointee.want = connection.pointee.capable & fileSystem.wantedCapabilities
        fileSystem.started()
    }
}

/// Serves the connection of an existing FUSE mount with as many threads as requests ask for, until it is unmounted, or
/// SIGTERM, SIGINT or SIGHUP comes.
///
/// `device` is /dev/fuse, opened and already mounted with. libfuse writes what it has to complain about to standard error.
package func serve(_ fileSystem: some FileSystem, device: consuming Descriptor) throws(SystemError) {
    let state = Unmanaged.passRetained(SessionState(fileSystem))
    defer { state.release() }
    var operations = makeOperations()
    let session = try makeSession(&operations, state.toOpaque())
    // libfuse closes the device when the session is destroyed.
    defer { fuse_session_destroy(session) }
    let place = "/dev/fd/\(device.release())"
    guard fuse_session_mount(session, place) == 0 else { throw SystemError("fuse_session_mount", Errno(EINVAL)) }
    guard fuse_set_signal_handlers(session) == 0 else { throw SystemError("fuse_set_signal_handlers", .current) }
    defer { fuse_remove_signal_handlers(session) }
    let settings = fuse_loop_cfg_create()
    defer { fuse_loop_cfg_destroy(settings) }
    fuse_loop_cfg_set_clone_fd(settings, 0)
    let outcome = fuse_session_loop_mt(session, settings)
    // Positive: the number of the signal that ended it.
    if outcome < 0 { throw SystemError("fuse_session_loop_mt", Errno(-outcome)) }
}

private func makeSession(
    _ operations: inout fuse_lowlevel_ops, _ state: UnsafeMutableRawPointer
) throws(SystemError) -> OpaquePointer {
    var name: UnsafeMutablePointer<CChar>? = strdup("berth")
    defer { free(name) }
    let session = withUnsafeMutablePointer(to: &name) { argv in
        var arguments = fuse_args(argc: 1, argv: argv, allocated: 0)
        return fuse_session_new(&arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size, state)
    }
    guard let session else { throw SystemError("fuse_session_new", Errno(EINVAL)) }
    return session
}
