import Linux

/// A directory of the tree that is being walked; closed when nothing that is still to be done needs it.
final class OpenDirectory: Sendable {
    let descriptor: Descriptor
    let identity: FileIdentity
    /// From the root of the tree, for messages and for finding a file again; empty for the root.
    let path: String

    init(_ descriptor: consuming Descriptor, _ identity: FileIdentity, path: String) {
        self.descriptor = descriptor
        self.identity = identity
        self.path = path
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }
}

/// A piece of a walk.
enum Work: Sendable {
    case directory(name: String, in: OpenDirectory)
    /// Records of getdents64(2) that another thread has read from a large directory.
    case entries([UInt8], in: OpenDirectory)
}

/// What is still to be done, the newest first: that goes down into the tree, and keeps few directories open.
final class WorkQueue: @unchecked Sendable {
    // Sendable: everything that changes is touched within `monitor` alone.
    private let monitor = Monitor()
    private var waiting: [Work] = []
    /// Threads that do a piece and may add more.
    private var busy = 0
    private var idle = 0

    func add(_ work: Work) {
        monitor.locked {
            waiting.append(work)
            monitor.wakeOne()
        }
    }

    /// Whether a thread has nothing to do.
    var hasIdleThreads: Bool { monitor.locked { idle > waiting.count } }

    /// Does pieces until there are none, and nobody is busy who could add one.
    func work(_ doing: (Work) -> Void) {
        while let piece = take() {
            doing(piece)
            monitor.locked {
                busy -= 1
                if busy == 0 && waiting.isEmpty { monitor.wakeAll() }
            }
        }
    }

    private func take() -> Work? {
        monitor.locked {
            while waiting.isEmpty && busy > 0 {
                idle += 1
                monitor.wait()
                idle -= 1
            }
            guard let piece = waiting.popLast() else { return nil }
            busy += 1
            return piece
        }
    }
}
