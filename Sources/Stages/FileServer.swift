import Glibc
import Linux
import Passthrough
import Plan

/// The process that serves one mount, seen from berth.
struct FileServer: ~Copyable {
    private let child: Child
    /// Until the mount is made: as long as anybody but the server holds the device, its death would leave callers waiting.
    private var device: Descriptor?

    /// How long a server may take to clone its source, and to answer the kernel's first request.
    private static let deadline: Int32 = 30_000

    /// Forks it; it prepares its sandbox and then waits. /dev/fuse is opened here, in the namespace that will own the mount.
    static func start(
        _ mount: MountPlan, source: FileReference, _ place: SourcePlace
    ) throws(RunFailure) -> FileServer {
        let device = try explained { () throws(SystemError) in
            try FileReference.workingDirectory.open(Gate.fuseDevice, .readWrite)
        }
        let child = try Child.start("file server of '\(mount.target)'") { (channel) throws(RunFailure) in
            try explained { () throws(SystemError) in
                try serveInSandbox(mount, source: source, place, device: device.file, channel)
            }
        }
        return FileServer(child: child, device: device)
    }

    var process: ProcessID { child.process }

    /// Makes the mount, attached nowhere yet, with the connection of this server.
    mutating func makeMount(_ mount: MountPlan, _ identity: Identity) throws(RunFailure) -> Descriptor {
        let device = device.take()!
        return try explained(on: mount.target) { () throws(SystemError) in
            let context = try FileSystemContext(type: "fuse")
            try context.set("source", mount.source)
            try context.set("subtype", "berth")
            try context.set("fd", "\(device.number)")
            try context.set("rootmode", "40000")
            try context.set("user_id", "\(identity.insideUser.rawValue)")
            try context.set("group_id", "\(identity.insideGroup.rawValue)")
            if mount.kind == .shared { try context.set("ro") }
            let attributes: MountAttributes = [.noSetUserID, .noDevices]
            return try context.mount(mount.kind == .shared ? attributes.union(.readOnly) : attributes)
        }
    }

    /// Lets it serve, and waits until it has answered the kernel: before that every access to the mount would hang.
    func serve() throws(RunFailure) {
        try child.proceed()
        _ = try child.report(within: Self.deadline)
    }

    /// Waits until its sandbox is complete.
    func waitUntilPrepared() throws(RunFailure) { _ = try child.report(within: Self.deadline) }
}
