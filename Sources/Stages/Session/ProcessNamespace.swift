import Glibc
import Linux
import Plan

/// The session's pid namespace, pid_namespaces(7): it sees and signals its own processes, and no others.
///
/// The namespace lives as long as its first process, which reaps orphans and, in the end, ends whatever is left. The
/// session is berth's own child all the same: berth lends the namespace to its later children.
struct ProcessNamespace: ~Copyable {
    private let first: Child

    /// How long the first process may take to mount, and, in the end, the session's processes to be gone.
    private static let startTime: Int32 = 30_000
    private static let endTime: Int32 = 30_000

    /// Makes the namespace, and mounts its /proc over the one there is. Throws where one of the two is refused: a
    /// container that covers parts of /proc, as most do, keeps a new one from being mounted.
    ///
    /// It comes before the drop, since both need CAP_SYS_ADMIN; from here on berth itself has no entry in /proc.
    static func begin() throws(RunFailure) -> ProcessNamespace {
        let first = try Child.start("first process of the session", into: [.process]) { (channel) throws(RunFailure) in
            try explained { () throws(SystemError) in try serveAsFirst(channel) }
        }
        do throws(RunFailure) { _ = try first.report(within: startTime) } catch {
            try endProcess(first.process)
            throw error
        }
        // While it can still be traced: that is asked of whoever takes a namespace from a process.
        do throws(SystemError) { try first.process.lendNamespaceToChildren() } catch {
            let failure = RunFailure(error)
            try explained { () throws(SystemError) in try detachMount("/proc") }
            try endProcess(first.process)
            throw failure
        }
        return ProcessNamespace(first: first)
    }

    /// Has the first process give up everything; from here on there is no way back.
    func settle() throws(RunFailure) { try first.proceed() }

    /// Waits until it has.
    func waitUntilSettled() throws(RunFailure) { _ = try first.report(within: Self.startTime) }

    var process: ProcessID { first.process }

    /// Ends every process of the session that is left, politely first. The namespace stays: berth still forks.
    func endRemaining() throws(RunFailure) {
        try first.proceed()
        _ = try first.report(within: Self.endTime)
    }

    private static func endProcess(_ process: ProcessID) throws(RunFailure) {
        _ = try explained { () throws(SystemError) in
            try process.send(SIGKILL)
            return try process.wait()
        }
    }

    /// The namespace goes with its first process, and the kernel ends all that is in it.
    consuming func end() throws(RunFailure) { try Self.endProcess(first.process) }
}

/// What the first process does: mount, drop everything, and wait. Nobody in the namespace can signal or trace it.
private func serveAsFirst(_ channel: borrowing Channel) throws(SystemError) {
    try ProcessControl.setParentDeathSignal(SIGKILL)
    // The session can read them, and they name sources.
    ProcessControl.forgetArguments()
    // Away from the terminal, whose keys would reach it as the kernel's own signals.
    try startSession()
    try withdraw()
    // The kernel then reaps orphans by itself.
    ignoreSignals([SIGCHLD])
    let context = try FileSystemContext(type: "proc")
    let proc = try context.mount([.noSetUserID, .noDevices, .noExecution])
    let target = try FileReference.workingDirectory.open("/proc", [.pathOnly, .directory])
    try proc.attach(onto: target.file)
    try channel.send(ChildReport.done([]).encoded())
    guard try waitToProceed(channel) else { return }
    try closeAll(but: [channel.file])
    try ProcessControl.setNoNewPrivileges()
    try Capabilities.dropAll()
    try ProcessControl.setDumpable(false)
    try channel.send(ChildReport.done([]).encoded())
    while try waitToProceed(channel) {
        try endSession()
        try channel.send(ChildReport.done([]).encoded())
    }
}

/// Ends every other process of the namespace: SIGTERM, and SIGKILL to those that are still there after the time of grace.
private func endSession() throws(SystemError) {
    let began = monotonicMilliseconds()
    guard try ProcessID.signalAll(SIGTERM), try ProcessID.signalAll(SIGCONT) else { return }
    var pause: UInt32 = 200
    while try ProcessID.signalAll(monotonicMilliseconds() - began < Supervisor.grace ? 0 : SIGKILL) {
        usleep(pause)
        pause = min(pause * 2, 20_000)
    }
}
