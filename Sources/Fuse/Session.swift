import BasicContainers
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
        connection.pointee.max_background = 64
        connection.pointee.congestion_threshold = 48
        let wishes = fileSystem.kernelWishes
        let offered = Worker.current.pointee.kernelFlags
        let features = KernelFeatures(wishes, kernel: offered)
        Worker.current.pointee.greeting = Greeting(wishes, features, offered: offered)
        fileSystem.started(connection.pointee.capable, features)
    }

    /// FUSE_INIT has been answered, by this thread.
    func greeted() {
        fileSystem.greeted(KernelFeatures(fileSystem.kernelWishes, kernel: Worker.current.pointee.kernelFlags))
    }
}

/// Serves the connection of an existing FUSE mount, until it is unmounted, or SIGTERM, SIGINT or SIGHUP comes.
///
/// `devices` are /dev/fuse, opened: the first was mounted with, each further one lets one more thread have a queue of its
/// own. `maximumThreads` may be more than that. With an `observer`, SIGUSR1 has the statistics told; without one it does
/// nothing. libfuse writes what it has to complain about to standard error.
package func serve(
    _ fileSystem: some FileSystem, devices: consuming UniqueArray<Descriptor>, maximumThreads: Int,
    observer: Observer? = nil
) throws(SystemError) {
    // Blocked in every thread, and awaited in this one.
    let awaited = SignalSet([SIGTERM, SIGINT, SIGHUP] + (observer == nil ? [] : [SIGUSR1]))
    _ = try awaited.block()
    // None is the end of the server: a pipe without a reader answers EPIPE, a file beyond RLIMIT_FSIZE, which is the
    // caller's mistake, EFBIG.
    ignoreSignals([SIGPIPE, SIGXFSZ] + (observer == nil ? [SIGUSR1] : []))
    let state = Unmanaged.passRetained(SessionState(fileSystem))
    var operations = makeOperations()
    let session = try makeSession(&operations, state.toOpaque(), device: devices[0].number)
    let launcher = pthread_self()
    let waits = Waits()
    let queues = queues(devices, count: maximumThreads)
    let observation = observer.map { Observation($0, fileSystem, facts: facts(queues)) }
    let workers = Workers(session, devices: queues, waits: waits, observation) {
        state._withUnsafeGuaranteedRef { $0.greeted() }
    } ended: {
        pthread_kill(launcher, SIGTERM)
    }
    try workers.start()
    while let signal = try awaited.wait(), signal.number == SIGUSR1 { observation?.report() }
    // A thread that does not come back still uses what would be freed: the process is about to end.
    guard workers.stop(), waits.stop() else { return }
    fuse_session_destroy(session)
    state.release()
    // Requests that waited were counted until now.
    withExtendedLifetime(observation) {}
    withExtendedLifetime(devices) {}
}

/// A device for each thread: one of its own as far as there are some, FUSE_DEV_IOC_CLONE, and the first for all others.
private func queues(_ devices: borrowing UniqueArray<Descriptor>, count: Int) -> [Int32] {
    let connection = devices[0].number
    var queues = [connection]
    for index in 1..<max(count, 1) {
        let hasOwn =
            index < devices.count && berth_clone_connection(devices[index].number, UInt32(connection)) == 0
        queues.append(hasOwn ? devices[index].number : connection)
    }
    return queues
}

/// What is to be known of the threads and their queues.
private func facts(_ queues: [Int32]) -> [Detail] {
    [Detail("max_threads", UInt(queues.count)), Detail("queues", UInt(Set(queues).count))]
}

private func makeSession(
    _ operations: inout fuse_lowlevel_ops, _ state: UnsafeMutableRawPointer, device: Int32
) throws(SystemError) -> OpaquePointer {
    var name: UnsafeMutablePointer<CChar>? = strdup("berth")
    defer { free(name) }
    let session = withUnsafeMutablePointer(to: &name) { argv in
        var arguments = fuse_args(argc: 1, argv: argv, allocated: 0)
        return berth_session_new(&arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size, state)
    }
    guard let session else { throw SystemError("fuse_session_new", Errno(EINVAL)) }
    var access = makeDeviceAccess()
    // libfuse closes this descriptor with the session.
    let own = try attempt("fcntl", on: "descriptor \(device)") { fcntl(device, F_DUPFD_CLOEXEC, 3) }
    let answer = berth_session_custom_io(session, &access, own)
    guard answer == 0 else { throw SystemError("fuse_session_custom_io", Errno(-answer)) }
    return session
}
