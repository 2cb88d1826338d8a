import Glibc
import Linux
import Passthrough
import Plan

/// The file server's process: what it does before it serves, and then serves.
///
/// The order is the kernel's: clone the source while its mount can still be reached, take the way to our own
/// descriptors while /proc is there, empty the root, and only then drop what these steps needed.
func serveInSandbox(
    _ mount: MountPlan, source: FileReference, _ place: SourcePlace, device: FileReference,
    _ channel: borrowing Channel
) throws(SystemError) {
    let readOnly = mount.kind == .shared
    let tree = try cloneSource(mount, source, place, readOnly: readOnly)
    let descriptors = try FileReference.workingDirectory.cloneTree("/proc/self/fd")
    try enterEmptyRoot()
    try closeAll(but: [device, tree.file, descriptors.file, channel.file])
    try dropEverything()
    _ = try Landlock.confine(to: tree.file, readOnly: readOnly)
    try ProcessControl.setParentDeathSignal(SIGTERM)
    try channel.send(ChildReport.done([]).encoded())
    guard try waitToProceed(channel) else { return }
    let answers = channel.file
    try serve(
        device: Descriptor(owning: device.number), source: tree, processDescriptors: descriptors,
        settings: ServerSettings(readOnly: readOnly, cache: readOnly ? .always : .auto)
    ) {
        do throws(SystemError) { try answers.send(ChildReport.done([]).encoded()) } catch { _exit(1) }
    }
}

/// A detached copy of the source's mounts, in a mount namespace of the server's own.
///
/// The working directory is what unshare(2) carries over into the new namespace; a descriptor stays in the old one.
private func cloneSource(
    _ mount: MountPlan, _ source: FileReference, _ place: SourcePlace, readOnly: Bool
) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
        // The home's server has been in the home since berth started, and may not be able to enter it again.
        if mount.kind == .shared { try source.enter() }
        try startSession()
        try unshare([.mount])
        try makePrivate("/")
        let tree = try FileReference.workingDirectory.cloneTree()
        guard try tree.status().identity == place.identity else {
            throw SystemError("open_tree", Errno(ESTALE))
        }
        let attributes: MountAttributes = [.noSetUserID, .noDevices]
        try tree.setMountAttributes(readOnly ? attributes.union(.readOnly) : attributes)
        return tree
    } catch { throw SystemError(error.call, on: mount.source, error.reason) }
}

/// Replaces the root by an empty, read-only directory; everything that was mounted in this namespace is gone with it.
private func enterEmptyRoot() throws(SystemError) {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("mode", "0555")
    let empty = try context.mount([.readOnly, .noSetUserID, .noDevices, .noExecution])
    let root = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
    try empty.attach(onto: root.file)
    try empty.enter()
    // pivot_root(".", "."), pivot_root(2): the old root lies on the new one afterwards, and is taken off it.
    try pivotRoot(newRoot: ".", oldRoot: ".")
    try detachMount(".")
    try FileReference.workingDirectory.open("/", [.pathOnly, .directory]).enter()
}

/// No capability, none to be had back, nothing of this process readable by others of its account.
private func dropEverything() throws(SystemError) {
    try ProcessControl.setNoNewPrivileges()
    try Capabilities.dropAll()
    try ProcessControl.setDumpable(false)
}
