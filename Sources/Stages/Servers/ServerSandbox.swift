import BasicContainers
import Fuse
import Glibc
import Linux
import Passthrough
import Seccomp

/// What a file server is to show, and how far it may go.
struct ServerTask: Sendable {
    /// The source as it was named, for error texts.
    var label: String
    var place: SourcePlace
    var settings: ServerSettings
    /// The source is entered by its descriptor. A home's server has been in the home since berth started, and may not be
    /// able to enter it again.
    var entersSource = true
    /// What it keeps: nothing, unless root serves several accounts.
    var capabilities: CapabilitySet = []
    /// The kernel is to read and write open files by itself.
    var passesOn = false
    var sandbox = Sandbox.namespace
    var lifetime = Lifetime.ofStarter
    /// Access times of the source stay as they are.
    var keepsAccessTimes = false
    /// Who is told of each request, and of all of them when SIGUSR1 comes; nil: that signal does nothing.
    var observer: Observer?

    enum Sandbox {
        /// A mount namespace of its own with an empty root, in which the source is a detached copy.
        case namespace
        /// No more than Landlock: an ordinary account can clone no mount outside a user namespace, and inside one it
        /// would not see the owners of files.
        case landlock
    }

    enum Lifetime {
        /// It ends with the process that forked it, and writes to the same standard error.
        case ofStarter
        /// It goes on by itself until its mount is gone. It keeps a file that was given as standard error, no terminal and
        /// no pipe.
        case ofMount
    }
}

/// The file server's process: what it does before it serves, and then serves.
///
/// The order is the kernel's: clone the source while its mount can still be reached, take the way to our own
/// descriptors while /proc is there, empty the root, and only then drop what these steps needed. The filter comes last.
func serveInSandbox(
    _ task: ServerTask, source: FileReference, device: FileReference, _ channel: borrowing Channel
) throws(SystemError) {
    let devices = openQueues(besides: device, atMost: task.settings.maximumThreads)
    #if DEBUG
        let double = try TakenOver.begin(as: task.settings.readOnly ? "shared" : "home")
    #endif
    let inside = try enterSandbox(task, source)
    let queues = devices.indices.map { devices[$0].file }
    var broker = task.passesOn ? try BackingBroker.start(for: device) : nil
    try closeAll(but: queues + (broker?.files ?? []) + [inside.tree.file, inside.descriptors.file, channel.file])
    try drop(allBut: task.capabilities)
    try Defence.serverLandlock.raise { () throws(SystemError) in
        _ = try Landlock.confine(to: inside.tree.file, readOnly: task.settings.readOnly)
    }
    if task.lifetime == .ofStarter { try ProcessControl.setParentDeathSignal(SIGTERM) }
    let filter = ServerFilter(task, hasQueues: devices.count > 1)
    try Defence.serverSeccomp.raise(filter.installPrepared)
    #if DEBUG
        double?.attack(
            tree: inside.tree.file, descriptors: inside.descriptors.file, filters: [filter.profile(for: .current)])
    #endif
    try channel.send(ChildReport.done([]).encoded())
    guard try waitToProceed(channel) else { return }
    let answers = channel.file
    var settings = task.settings
    settings.readOnly = settings.readOnly && Defence.readOnlyAnswers.isUp
    try serve(
        devices: devices, source: inside.tree, processDescriptors: inside.descriptors,
        settings: settings, registrar: broker.take()?.registrar(), observer: task.observer
    ) { features in
        let warning = task.warning(features) ?? ""
        do throws(SystemError) { try answers.send(ChildReport.done(Array(warning.utf8)).encoded()) } catch { _exit(1) }
    }
}

/// The device that is mounted with, and one more for each processor: threads that share one wait for each other.
private func openQueues(besides device: FileReference, atMost count: Int) -> UniqueArray<Descriptor> {
    var devices = UniqueArray<Descriptor>()
    devices.append(Descriptor(owning: device.number))
    while devices.count < min(count, onlineProcessors()) {
        // Where /dev/fuse was opened by somebody with more rights, the one that was handed over has to do.
        do throws(SystemError) {
            devices.append(try FileReference.workingDirectory.open(Gate.fuseDevice, .readWrite))
        } catch { break }
    }
    return devices
}

/// What a file server keeps of the world outside its sandbox.
private struct SandboxedTree: ~Copyable {
    let tree: Descriptor
    /// The process's own /proc/self/fd, by which files are reached again.
    let descriptors: Descriptor
}

private func enterSandbox(_ task: ServerTask, _ source: FileReference) throws(SystemError) -> SandboxedTree {
    try startSession()
    // It ends by signals, whatever the one who started it had blocked.
    _ = try SignalSet([]).block()
    try withdraw()
    if task.lifetime == .ofMount { try leaveStandardStreamsButErrorFile() }
    switch task.sandbox {
    case .namespace:
        let tree = try cloneSource(task, source)
        let descriptors = try cloneDescriptorDirectory()
        try Defence.serverRoot.raise(enterEmptyRoot)
        return SandboxedTree(tree: tree, descriptors: descriptors)
    case .landlock:
        return SandboxedTree(
            tree: try source.duplicate(),
            descriptors: try FileReference.workingDirectory.open("/proc/self/fd", [.pathOnly, .directory]))
    }
}

/// A detached copy of the source's mounts, in a mount namespace of the server's own.
private func cloneSource(_ task: ServerTask, _ source: FileReference) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
        let tree = try cloneInOwnNamespace(task.entersSource ? source : nil)
        guard try tree.status().identity == task.place.identity else {
            throw SystemError("open_tree", Errno(ESTALE))
        }
        var attributes: MountAttributes = [.noSetUserID, .noDevices]
        if task.settings.readOnly && Defence.readOnlySource.isUp { attributes.insert(.readOnly) }
        if task.keepsAccessTimes { attributes.insert(.noAccessTimes) }
        try tree.setMountAttributes(attributes)
        return tree
    } catch { throw SystemError(error.call, on: task.label, error.reason) }
}

extension ServerTask {
    /// What was asked for and is not so, now that the kernel has been answered.
    fileprivate func warning(_ features: KernelFeatures) -> String? {
        if !passesOn || features.passthrough.state == .used { return nil }
        return "-o passthrough: \(features.passthrough), so the file server reads and writes"
    }
}

extension ServerFilter {
    init(_ task: ServerTask, hasQueues: Bool) {
        let changes = !task.settings.readOnly
        self.init(
            requests: Self.requests(changes: changes, hasQueues: hasQueues), changes: changes,
            locks: task.settings.locks == .remote,
            actsForOthers: !task.capabilities.isEmpty, passesDescriptors: task.passesOn)
    }
}

/// No capability but those of `kept`, none to be had back, nothing of this process readable by others of its account.
private func drop(allBut kept: CapabilitySet) throws(SystemError) {
    try ProcessControl.setNoNewPrivileges()
    try Capabilities.limit(to: kept)
    try Defence.dumpable.raise { () throws(SystemError) in try ProcessControl.setDumpable(false) }
}
