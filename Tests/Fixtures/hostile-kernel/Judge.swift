import Glibc

/// Looks at each answer: whether it may be, and what it tells the kernel.
struct Judge {
    let secret: [UInt8]
    let secretInodes: Set<UInt64>

    /// Throws what is wrong with the answer; notes what the kernel now knows.
    func judge(_ answer: Answer, to request: Request, _ known: inout Knowledge) throws {
        if answer.holds(secret) { throw Failure("the answer holds what is written beside the source") }
        if answer.error == -EIO && request.isProper { throw Failure("a request as it should be is answered EIO") }
        if answer.error != 0 { return }
        if let flaw = request.flaw { throw Failure("answered as done although \(flaw)") }
        guard let operation = request.known else { throw Failure("an unknown operation is answered as done") }
        try checkLength(answer, operation, request)
        try note(answer, operation, request, &known)
    }

    private func checkLength(_ answer: Answer, _ operation: Operation, _ request: Request) throws {
        if let length = operation.answerLength ?? lengthOfSize(operation, request) {
            if answer.count != length { throw Failure("a body of \(answer.count) bytes instead of \(length)") }
            return
        }
        let room =
            switch operation {
            case .readlink: 4096
            case .initialize: 64
            case .ioctl: 16 + request.room
            default: request.room
            }
        if answer.count > room { throw Failure("a body of \(answer.count) bytes where \(room) were asked for") }
    }

    /// An extended attribute whose size alone was asked for.
    private func lengthOfSize(_ operation: Operation, _ request: Request) -> Int? {
        [.getxattr, .listxattr].contains(operation) && request.room == 0 ? 8 : nil
    }

    private func note(_ answer: Answer, _ operation: Operation, _ request: Request, _ known: inout Knowledge) throws {
        switch operation {
        case .lookup, .symlink, .mknod, .mkdir, .link: try note(FoundEntry(answer, at: 0), &known)
        case .create:
            let entry = FoundEntry(answer, at: 0)
            try note(entry, &known)
            try opened(answer.number64(128), entry.node, false, &known)
        case .open, .opendir: try opened(answer.number64(0), request.node, operation == .opendir, &known)
        case .getattr, .setattr: try check(answer.number64(16))
        case .readdirplus:
            for entry in try entries(of: answer, withAttributes: true) where entry.node != 0 { try note(entry, &known) }
        case .readdir: _ = try entries(of: answer, withAttributes: false)
        case .write:
            if answer.number32(0) > request.room { throw Failure("more is written than was sent") }
        default: break
        }
    }

    private func note(_ entry: FoundEntry, _ known: inout Knowledge) throws {
        if entry.node == 0 { return }
        try check(entry.inode)
        known.found(entry.node, isDirectory: entry.isDirectory)
    }

    private func check(_ inode: UInt64) throws {
        if secretInodes.contains(inode) { throw Failure("a file beside the source has been reached") }
    }

    private func opened(_ handle: UInt64, _ node: UInt64, _ isDirectory: Bool, _ known: inout Knowledge) throws {
        if known.handles[handle] != nil { throw Failure("the handle \(handle) is given out twice") }
        known.handles[handle] = Knowledge.Handle(node: node, isDirectory: isDirectory)
    }
}
