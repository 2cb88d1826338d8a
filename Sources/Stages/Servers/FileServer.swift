import Glibc
import Linux

/// The process that serves one mount, seen from berth.
struct FileServer: ~Copyable {
    private let child: Child
    /// Until the mount is made: as long as anybody but the server holds the device, its death would leave callers waiting.
    private var device: Descriptor?

    /// How long a server may take to clone its source, and to answer the kernel's first request.
    private static let deadline: Int32 = 30_000

    /// Forks it; it prepares its sandbox and then waits.
    ///
    /// `device` is /dev/fuse, opened in the user namespace that owns the mount.
    static func start(
        _ task: ServerTask, source: FileReference, device: consuming Descriptor
    ) throws(RunFailure) -> FileServer {
        let file = device.file
        let child = try Child.start("file server of '\(task.label)'") { (channel) throws(RunFailure) in
            try explained { () throws(SystemError) in
                try serveInSandbox(task, source: source, device: file, channel)
            }
        }
        return FileServer(child: child, device: device)
    }

    /// /dev/fuse, with which one mount can be made.
    static func openDevice() throws(RunFailure) -> Descriptor {
        try explained { () throws(SystemError) in
            try FileReference.workingDirectory.open(Gate.fuseDevice, .readWrite)
        }
    }

    var process: ProcessID { child.process }

    /// Makes the mount, attached nowhere yet, with the connection of this server.
    mutating func makeMount(_ form: MountForm, for target: String) throws(RunFailure) -> Descriptor {
        let device = device.take()!
        return try explained(on: target) { () throws(SystemError) in try form.mount(device: device.file) }
    }

    /// The mount was made by somebody else, with the device this server was given.
    mutating func mountIsMade() { device = nil }

    /// Lets it serve, and waits until it has answered the kernel: before that every access to the mount would hang.
    /// Answers what is not as it was asked for, in words.
    @discardableResult func serve() throws(RunFailure) -> String? {
        try child.proceed()
        let warning = try child.report(within: Self.deadline)
        return warning.isEmpty ? nil : String(decoding: warning, as: UTF8.self)
    }

    /// Waits until its sandbox is complete.
    func waitUntilPrepared() throws(RunFailure) { _ = try child.report(within: Self.deadline) }
}

/// How a FUSE mount is to look, mount(8) and the kernel's filesystems/fuse.rst.
struct MountForm {
    /// Shown as the mount's source in mountinfo.
    var name: String
    var subtype = "berth"
    var user: UInt32
    var group: UInt32
    var attributes: MountAttributes
    var allowOther = false
    var defaultPermissions = false
    /// Each write reaches the source's disk before it returns, `sync` of mount(8).
    var synchronous = false

    /// Makes the mount, attached nowhere yet, with /dev/fuse as it was opened in the user namespace that owns the mount.
    func mount(device: FileReference) throws(SystemError) -> Descriptor {
        let context = try FileSystemContext(type: "fuse")
        for (key, value) in parameters { try context.set(key, value) }
        try context.set("fd", "\(device.number)")
        for flag in flags { try context.set(flag) }
        return try context.mount(attributes)
    }

    private var parameters: [(String, String)] {
        [
            ("source", name), ("subtype", subtype), ("rootmode", "40000"), ("user_id", "\(user)"),
            ("group_id", "\(group)"),
        ]
    }

    private var flags: [String] {
        (attributes.contains(.readOnly) ? ["ro"] : []) + (allowOther ? ["allow_other"] : [])
            + (defaultPermissions ? ["default_permissions"] : []) + (synchronous ? ["sync"] : [])
    }
}
