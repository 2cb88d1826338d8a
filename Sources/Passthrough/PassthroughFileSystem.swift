import Fuse
import Glibc
import Linux
import Synchronization

/// A directory tree shown as it is: what is done here is done, with this process's own rights, beneath the source.
///
/// Files are reached through their parent's descriptor and one name, links never followed; what was opened is compared
/// with what the kernel was told, and another file's data never answers for it. The working directory of the process is
/// its own /proc/self/fd, where the name "17" leads to the very file of descriptor 17.
final class PassthroughFileSystem: FileSystem {
    let root: FileReference
    let state: SharedState
    let handles: Handles
    let locks = LockTable()
    let settings: ServerSettings
    /// Whom the process acts as.
    let account = (user: Credentials.effectiveUser, group: Credentials.effectiveGroup)
    /// This process holds CAP_FSETID: with it, set-id bits outlive a change of the data.
    let mayKeepSetID: Bool
    /// This process holds CAP_MKNOD.
    let mayMakeDevices: Bool
    /// What is made belongs to whoever asked for it; otherwise to this process's account.
    let makesForCallers: Bool
    /// The source's own device.
    let rootDevice: UInt64
    /// The same, where close(2) has nothing to report there, as it may have on a remote file system.
    let localDevice: UInt64?
    /// The kernel opens files, and directories, by itself: settled with its first request.
    private let leavesOpen = Atomic<Bool>(false)
    private let leavesOpenDirectory = Atomic<Bool>(false)
    /// Which files the kernel reads and writes by itself, where it may.
    let backings: BackingFiles?
    /// What has become of the features of newer kernels here; nil until the kernel has its first answer.
    let features = NotedFeatures()
    private let ready: @Sendable (KernelFeatures) -> Void
    /// How many renames have begun, and how many have been noted in the table.
    let renamesBegun = Atomic<Int>(0)
    let renamesNoted = Atomic<Int>(0)

    init(
        root: FileReference, settings: ServerSettings, registrar: (any BackingRegistrar)?,
        ready: @escaping @Sendable (KernelFeatures) -> Void
    ) throws(SystemError) {
        self.root = root
        self.settings = settings
        self.ready = ready
        backings = registrar.map { BackingFiles($0, handlesLock: settings.locks == .remote) }
        // A quarter of all descriptors: the rest is for the session's open files.
        let powers = try CapabilitySet.effective()
        mayKeepSetID = powers.contains(.fsetid)
        mayMakeDevices = powers.contains(.mknod)
        makesForCallers = settings.audience == .everybody && powers.isSuperset(of: [.setuid, .setgid])
        let limit = try DescriptorLimit.current()
        handles = try Handles(limit: limit)
        let attributes: FileAttributes
        let isLocal: Bool
        do {
            attributes = try FileAttributes.of(root)
            isLocal = try root.reportsErrorsWithWrites()
        } catch { throw SystemError("statx", on: "source", error) }
        rootDevice = attributes.identity.device
        localDevice = isLocal ? attributes.identity.device : nil
        state = try SharedState(root: FileKey(attributes), cachedDescriptors: min(max(limit / 4, 16), 2048))
    }

    var readOnly: Bool { settings.readOnly }

    var wantedCapabilities: UInt32 {
        let always: [Capability] = [
            .asynchronousReads, .asynchronousDirectIO, .truncateOnOpen, .parallelDirectories, .readDirectoryPlus,
            .automaticPlus, .clearsSetID, .leavesUmask, .controlsDirectories,
        ]
        let cached: [Capability] = settings.cache == .always ? [.cachedLinks] : [.invalidatesChangedData]
        let judged: [Capability] = settings.kernelReadsLists ? [.accessControlLists] : []
        let locks: [Capability] = settings.locks == .remote ? [.recordLocks, .wholeFileLocks] : []
        return (always + cached + judged + locks).reduce(0) { $0 | $1.rawValue }
    }

    func started(_ capabilities: UInt32, _ features: KernelFeatures) {
        let passes = features.passthrough.state == .used
        if passes { backings?.start() }
        self.features.current = features
        // A file that the kernel opens by itself has no backing file.
        leavesOpen.store(
            settings.kernelOpens && !passes && Capability.withoutOpen.isIn(capabilities), ordering: .relaxed)
        leavesOpenDirectory.store(
            settings.kernelOpens && Capability.withoutOpenDirectory.isIn(capabilities), ordering: .relaxed)
    }

    func greeted(_ features: KernelFeatures) {
        ready(note(features))
    }

    /// The kernel sends neither open nor release, and no handle with what it asks of a file.
    var opensNothing: Bool { leavesOpen.load(ordering: .relaxed) }
    var opensNoDirectory: Bool { leavesOpenDirectory.load(ordering: .relaxed) }

    /// Runs `reach`, which finds a file by what is kept of its place; again where a name on the way was taken away or moved
    /// meanwhile. Where nothing was, the file has lost its name behind our back: ESTALE, at which the kernel looks again.
    func settled<Value>(_ reach: () throws(Errno) -> Value) throws(Errno) -> Value {
        var tries = 0
        while true {
            let before = (renames: renamesBegun.load(ordering: .acquiring), changes: state.changes)
            let allNoted = renamesNoted.load(ordering: .acquiring) == before.renames
            do { return try reach() } catch {
                guard [ENOENT, ESTALE, ENOTDIR, ELOOP].contains(error.rawValue) else { throw error }
                let now = renamesBegun.load(ordering: .acquiring)
                let nothingMoved = allNoted && now == before.renames && state.changes == before.changes
                tries += 1
                if nothingMoved || tries == Self.mostTries { throw Errno(ESTALE) }
                while renamesNoted.load(ordering: .acquiring) < now { usleep(50) }
            }
        }
    }

    private static let mostTries = 100

    /// Runs `body` with a descriptor of any file, O_PATH if nothing better is at hand: the very file, links included.
    /// With `asksPath`, that somebody has it open does not make up for a directory on the way that may not be searched.
    func withFile<Value>(
        _ number: NodeNumber, asksPath: Bool = false, _ body: (FileReference) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let held = try settled { () throws(Errno) in try holdFile(number, asksPath) }
        defer { release(held) }
        return try body(held.file)
    }

    private func holdFile(_ number: NodeNumber, _ asksPath: Bool) throws(Errno) -> HeldDescriptor {
        let known = try state.node(number)
        let (index, node) = (known.index, known.node)
        if index == NodeTable.root { return HeldDescriptor(file: root, index: index) }
        if let pin = known.takePin() { return HeldDescriptor(file: pin, temporary: true, index: index) }
        let file: FileReference
        do throws(Errno) {
            let parent = try holdDirectory(at: node.parent)
            defer { release(parent) }
            file = try openNamed(index, in: parent.file, O_PATH | O_NOFOLLOW).file
        } catch {
            if asksPath && error == Errno(EACCES) { throw error }
            guard let open = openFile(node, number, despite: error) else { throw error }
            file = FileReference(open.release())
        }
        return HeldDescriptor(file: file, temporary: true, index: index)
    }

    /// An open file goes on though its name cannot be reached: the kernel does not always say which handle it is about.
    func openFile(_ node: Node, _ number: NodeNumber, despite error: Errno) -> Descriptor? {
        guard node.opens > 0, [EACCES, ENOENT, ESTALE].contains(error.rawValue), let open = handles.anyFile(of: number)
        else { return nil }
        do {
            // A descriptor of our own: the handle may be closed meanwhile, and its number be another file's.
            let copy = try open.duplicate()
            guard FileKey(try FileAttributes.of(copy.file)) == node.key else { return nil }
            return copy
        } catch { return nil }
    }
}

/// Runs `body` with the path of a descriptor in the working directory, /proc/self/fd: its decimal number.
func withPath<Value>(of file: FileReference, _ body: (CName) throws(Errno) -> Value) throws(Errno) -> Value {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 12) { (room) throws(Errno) -> Value in
        var rest = file.number
        var first = 11
        room[first] = 0
        repeat {
            first -= 1
            room[first] = CChar(48 + rest % 10)
            rest /= 10
        } while rest > 0
        return try body(room.baseAddress! + first)
    }
}

/// Refuses what is no name of a file: the kernel does not send such, but a request is never trusted to come from it.
func checkName(_ name: CName) throws(Errno) {
    let length = strlen(name)
    if length > 255 { throw Errno(ENAMETOOLONG) }
    let isDots = name[0] == 46 && (length == 1 || (length == 2 && name[1] == 46))
    if length == 0 || isDots || strchr(name, 47) != nil { throw Errno(EINVAL) }
}
