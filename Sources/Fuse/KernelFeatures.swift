import CFuse
import Linux

/// What is wanted of kernels that are newer than libfuse 3.14.
package struct KernelWishes: Sendable {
    /// Reads and writes of an open file go to another one without a word to the server, FUSE_PASSTHROUGH. The number is
    /// how deep file systems may be stacked below this one and itself, 1 or 2; nil: it is not wanted.
    package var passthroughDepth: UInt32?
    /// Somebody with CAP_SYS_ADMIN may map the mount's owners to others, mount_setattr(2); needs default_permissions.
    package var idMappedMounts = false

    package init() {}
}

/// A feature of newer kernels, and what has become of it in a mount.
package struct KernelFeature: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var state: State

    package enum State: Hashable, Sendable {
        case used
        /// The mount was not made with it.
        case notAsked
        /// This kernel does not have it, or not for this mount.
        case notOffered
        /// Asked for, and refused when it came to it.
        case refused(Errno)
        /// The kernel has it, and berth cannot use it: why.
        case unusable(String)
    }

    package init(_ name: String, _ state: State) {
        self.name = name
        self.state = state
    }

    /// The state in words.
    package var description: String {
        switch state {
        case .used: "used"
        case .notAsked: "not asked for"
        case .notOffered: "not offered by the kernel"
        case .refused(let reason): "refused: \(reason)"
        case .unusable(let reason): "not used: \(reason)"
        }
    }
}

/// The features of newer kernels that berth knows of, as one mount has them.
package struct KernelFeatures: Hashable, Sendable {
    package var killPrivileges: KernelFeature
    package var passthrough: KernelFeature
    package var idMappedMounts: KernelFeature
    package var ring: KernelFeature

    /// All of them, in the order they are told.
    package var all: [KernelFeature] { [killPrivileges, passthrough, idMappedMounts, ring] }

    /// What comes of the wishes, by the kernel's flags of FUSE_INIT.
    init(_ wishes: KernelWishes, kernel flags: UInt64) {
        func state(_ wanted: Bool, _ flag: UInt64) -> KernelFeature.State {
            if flags & flag == 0 { return .notOffered }
            return wanted ? .used : .notAsked
        }
        killPrivileges = KernelFeature("killpriv_v2", state(true, UInt64(FUSE_HANDLE_KILLPRIV_V2)))
        passthrough = KernelFeature("passthrough", state(wishes.passthroughDepth != nil, FUSE_PASSTHROUGH))
        idMappedMounts = KernelFeature("idmap", state(wishes.idMappedMounts, FUSE_ALLOW_IDMAP))
        // libfuse keeps its rings to itself: what comes by them is neither checked here, nor does it tell whether
        // set-id bits are to go. It switches them off where requests are read by somebody else.
        let ringState: KernelFeature.State = .unusable("libfuse has no rings for a server that reads requests itself")
        ring = KernelFeature("io_uring", flags & FUSE_OVER_IO_URING == 0 ? .notOffered : ringState)
    }
}

/// What the answer to FUSE_INIT says beyond what libfuse 3.14 knows.
struct Greeting {
    private var flags: UInt64 = 0
    private var depth: UInt32 = 0

    init() {}

    /// `offered` are the kernel's own flags.
    init(_ wishes: KernelWishes, _ features: KernelFeatures, offered: UInt64) {
        // libfuse 3.14 knows the capability and does not pass it on: lookups in one directory would wait for each other.
        flags |= offered & UInt64(FUSE_PARALLEL_DIROPS)
        // Without it nobody says that an ACL is set by somebody who may not keep the file's set-group-id bit.
        flags |= offered & UInt64(FUSE_SETXATTR_EXT)
        // Without it the kernel asks for security.capability before each write.
        if features.killPrivileges.state == .used { flags |= UInt64(FUSE_HANDLE_KILLPRIV_V2) }
        if features.idMappedMounts.state == .used { flags |= FUSE_ALLOW_IDMAP }
        if features.passthrough.state == .used, let depth = wishes.passthroughDepth {
            flags |= FUSE_PASSTHROUGH
            self.depth = depth
        }
    }

    /// Requests to set an attribute say more than libfuse 3.14 knows.
    var extendsAttributes: Bool { flags & UInt64(FUSE_SETXATTR_EXT) != 0 }

    func complete(_ answer: iovec) {
        guard answer.iov_len >= MemoryLayout<fuse_init_out>.size else { return }
        let greeting = answer.iov_base.assumingMemoryBound(to: fuse_init_out.self)
        greeting.pointee.flags |= UInt32(truncatingIfNeeded: flags)
        let further = UInt32(truncatingIfNeeded: flags >> 32)
        if further == 0 { return }
        greeting.pointee.flags |= UInt32(FUSE_INIT_EXT)
        greeting.pointee.flags2 |= further
        if depth > 0 { berth_set_stack_depth(greeting, depth) }
    }
}
