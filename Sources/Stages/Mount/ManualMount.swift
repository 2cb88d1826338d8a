import Fuse
import Linux
import Passthrough
import Plan

/// A mount that somebody asked for by hand: `berth mount SOURCE TARGET`.
package struct MountRequest: Sendable {
    package var source: String
    package var target: String
    package var options: MountOptions
    /// Stay until the mount is gone, and take it away when asked to end.
    package var foreground: Bool
    /// Who is told of what the server does, called in the server's process; nil: nobody, and SIGUSR1 does nothing.
    package var observer: Observer?
    /// Is told, once it is mounted, what is not as it was asked for.
    package var warn: @Sendable (String) -> Void

    package init(
        source: String, target: String, options: MountOptions, foreground: Bool, observer: Observer? = nil,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.source = source
        self.target = target
        self.options = options
        self.foreground = foreground
        self.observer = observer
        self.warn = warn
    }
}

/// Makes the mount, and returns when it answers; in the foreground, when it is gone.
package func mount(_ request: MountRequest) throws(RunFailure) {
    let way = try MountWay.ofCaller()
    try way.refuse(request.options)
    if request.foreground { return try keepMount(request, way) { if let warning = $0 { request.warn(warning) } } }
    if request.options.autoUnmount && way == .direct { return try startKeeper(request) }
    try makeAndLeave(request, way)
}

private func makeAndLeave(_ request: MountRequest, _ way: MountWay) throws(RunFailure) {
    let ends = try MountEnds.open(request, way)
    // A signal that ended this process now would leave a mount behind on which every call fails.
    _ = try explained { () throws(SystemError) in try endings.block() }
    let mounted = try ManualMount.make(request, way, at: ends)
    if let warning = mounted.warning { request.warn(warning) }
    guard let signal = try explained({ () throws(SystemError) in try endings.wait(within: 0) }) else { return }
    try mounted.place.unmount(way, lazily: true)
    throw RunFailure(interruptedBy: signal.number)
}

/// All that `mount` would look at before it does anything.
func rehearseMount(_ request: MountRequest) throws(RunFailure) {
    let way = try MountWay.ofCaller()
    try way.refuse(request.options)
    _ = try MountEnds.open(request, way)
    if way == .direct { _ = try FileServer.openDevice() }
}

/// Who makes the mount.
enum MountWay {
    /// This process, which has CAP_SYS_ADMIN in its user namespace.
    case direct
    /// fusermount3, which is setuid root and mounts for ordinary accounts.
    case fusermount

    static func ofCaller() throws(RunFailure) -> MountWay {
        let state = try explained { () throws(SystemError) in try CapabilityState.current() }
        return state.effective.contains(.sysAdmin) ? .direct : .fusermount
    }

    /// Whose links are followed on the way to a source or a target.
    var trustedOwners: Set<UInt32> { self == .direct ? [0] : [0, Credentials.effectiveUser] }

    func refuse(_ options: MountOptions) throws(RunFailure) {
        if options.passesOn {
            try refuseWithoutInitialRoot(
                "passthrough",
                "the kernel asks for CAP_SYS_ADMIN in the initial user namespace; without the option the "
                    + "file server reads and writes")
        }
        if options.attributes.contains(.noAccessTimes) {
            try refuseWithoutInitialRoot(
                "noatime", "the file server reads the source through a mount of its own, for which only root can choose"
            )
        }
        if self == .direct { return }
        if options.attributes.isSuperset(of: [.noSetUserID, .noDevices]) { return }
        throw RunFailure(Refusal("-o suid and -o dev are for root only"))
    }
}

extension MountWay {
    fileprivate func refuseWithoutInitialRoot(_ option: String, _ why: String) throws(RunFailure) {
        let map = try explained { () throws(SystemError) in try readText("/proc/self/uid_map") }
        if self == .direct && IdentityMap(parsing: map) == .initial { return }
        throw RunFailure(Refusal("-o \(option) is for root outside of user namespaces only", hint: why))
    }
}

/// The two directories of a mount, held from before anything is done.
struct MountEnds: ~Copyable {
    let source: Descriptor
    let sourcePlace: SourcePlace
    let target: Descriptor
    /// Absolute and without links.
    let targetPath: String

    static func open(_ request: MountRequest, _ way: MountWay) throws(RunFailure) -> MountEnds {
        let walk = PathWalk(trustedOwners: way.trustedOwners)
        let source = try openFollowingTrusted(request.source, by: walk)
        let place = try explained { () throws(SystemError) in try SourcePlace(of: source.file) }
        let file = source.file
        try explained(on: request.source) { () throws(SystemError) in _ = try file.open(".", [.directory]) }
        let target = try openFollowingTrusted(request.target, by: walk)
        let path = try explained { () throws(SystemError) in try target.pathOfDirectory() }
        return MountEnds(source: source, sourcePlace: place, target: target, targetPath: path)
    }
}

/// A mount with its file server.
struct ManualMount: ~Copyable {
    private let server: FileServer
    let place: MountedPlace
    /// What is not as it was asked for.
    let warning: String?

    static func make(
        _ request: MountRequest, _ way: MountWay, at ends: consuming MountEnds
    ) throws(RunFailure) -> ManualMount {
        way == .direct ? try makeDirectly(request, ends) : try makeByFusermount(request, ends)
    }

    private static func makeDirectly(
        _ request: MountRequest, _ ends: borrowing MountEnds
    ) throws(RunFailure) -> ManualMount {
        var task = ServerTask(request, ends.sourcePlace)
        let permitted = try explained { () throws(SystemError) in try CapabilityState.current().permitted }
        task.capabilities = CapabilitySet.fileSystemPowers.intersection(permitted)
        task.passesOn = request.options.passesOn
        task.keepsAccessTimes = request.options.attributes.contains(.noAccessTimes)
        var server = try FileServer.start(task, source: ends.source.file, device: try FileServer.openDevice())
        try server.waitUntilPrepared()
        let root = try server.makeMount(MountForm(request), for: request.target)
        let target = ends.target.file
        try explained(on: request.target) { () throws(SystemError) in try root.attach(onto: target) }
        let place = MountedPlace(
            path: ends.targetPath, id: try explained { () throws(SystemError) in try root.file.attachedMountID() })
        return try ManualMount(server: server, place: place, way: .direct)
    }

    private static func makeByFusermount(
        _ request: MountRequest, _ ends: borrowing MountEnds
    ) throws(RunFailure) -> ManualMount {
        let device = try mountByFusermount(request, at: ends.targetPath)
        let place = try MountedPlace(at: ends.targetPath)
        var task = ServerTask(request, ends.sourcePlace)
        task.sandbox = .landlock
        let server: FileServer
        do throws(RunFailure) { server = try startOnMade(task, source: ends.source.file, device: device) } catch {
            try place.unmount(.fusermount, lazily: true)
            throw error
        }
        return try ManualMount(server: server, place: place, way: .fusermount)
    }

    private static func startOnMade(
        _ task: ServerTask, source: FileReference, device: consuming Descriptor
    ) throws(RunFailure) -> FileServer {
        var server = try FileServer.start(task, source: source, device: device)
        server.mountIsMade()
        try server.waitUntilPrepared()
        return server
    }

    /// Lets the server answer; where it does not, the mount goes again.
    private init(server: consuming FileServer, place: MountedPlace, way: MountWay) throws(RunFailure) {
        do { warning = try server.serve() } catch {
            try place.unmount(way, lazily: true)
            throw error
        }
        self.server = server
        self.place = place
    }

    var process: ProcessID { server.process }
}

extension ServerTask {
    init(_ request: MountRequest, _ place: SourcePlace) {
        self.init(label: request.source, place: place, settings: ServerSettings(request.options))
        lifetime = request.foreground ? .ofStarter : .ofMount
        observer = request.observer
    }
}

extension ServerSettings {
    init(_ options: MountOptions) {
        self.init(readOnly: options.readOnly, cache: options.cache)
        locks = options.locks
        identities = IdentityMap(lines: options.identities)
        maximumThreads = options.maximumThreads
        audience = options.allowOther ? .everybody : .account
        isIDMappable = options.defaultPermissions || neverChanges
    }
}

extension MountForm {
    init(_ request: MountRequest) {
        let options = request.options
        self.init(
            name: options.name ?? request.source, subtype: options.subtype, user: Credentials.effectiveUser,
            group: Credentials.effectiveGroup, attributes: options.attributes, allowOther: options.allowOther,
            defaultPermissions: options.defaultPermissions || ServerSettings(options).neverChanges,
            synchronous: options.synchronous)
    }
}
