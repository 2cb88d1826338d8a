/// Draws requests: mostly such as a kernel sends, so that the server gets to know files and opens them, with one field or
/// another that no kernel would send.
struct Author {
    var random: Random
    var known = Knowledge()
    /// Handles are also named that were never given out.
    let anyHandles: Bool
    let readOnly: Bool
    /// Several requests are on their way at once: what one of them undoes may still serve another.
    let bursts: Bool
    /// There are no handles: the kernel opens by itself, and names the node.
    let opensNothing: Bool
    /// How often a field is hostile in the request at work, out of 256.
    private var hostility = 0
    /// Why the request at work must fail.
    private(set) var flaw: String?
    private(set) var room = 0

    init(random: Random, anyHandles: Bool, readOnly: Bool, bursts: Bool, opensNothing: Bool) {
        self.random = random
        self.anyHandles = anyHandles
        self.readOnly = readOnly
        self.bursts = bursts
        self.opensNothing = opensNothing
    }

    mutating func request() -> Request {
        hostility = random.chance(150) ? 0 : random.pick([16, 64, 200])
        flaw = nil
        room = 0
        if random.chance(6) { return unknownRequest() }
        let operation = drawOperation()
        let (node, body) = draw(operation)
        if readOnly && operation.isChange { flaw = flaw ?? "the tree is read-only" }
        var request = Request(operation: operation.rawValue, node: node, body: body, flaw: flaw, room: room)
        request.isProper = hostility == 0
        if random.chance(bursts ? 8 : 24) { mutilate(&request, operation) }
        return request
    }

    /// Often what is needed, and what makes room again where much is open or known.
    private mutating func drawOperation() -> Operation {
        if known.handles.count > 100 { return random.pick([.release, .releasedir]) }
        if known.nodes.count > 300 { return random.pick([.forget, .batchForget]) }
        if known.handles.count < 8 && !opensNothing { return random.pick([.open, .create, .opendir, .lookup]) }
        return random.pick(usual)
    }

    /// Operations that nobody knows, with anything behind them.
    private mutating func unknownRequest() -> Request {
        let number = random.pick(unknownOperations)
        let body = (0..<random.below(100)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return Request(operation: number, node: anyNode(), body: body, flaw: "there is no such operation")
    }

    mutating func isHostile() -> Bool { hostility > 0 && random.chance(hostility) }

    mutating func mustFail(_ reason: String) { flaw = flaw ?? reason }
    /// What was found wrong so far makes no difference to the answer.
    mutating func pardon() { flaw = nil }
    mutating func allow(_ bytes: Int) { room = bytes }

    /// A body that is cut short or has something behind it, or a header that lies.
    private mutating func mutilate(_ request: inout Request, _ operation: Operation) {
        request.isProper = false
        switch random.below(5) {
        case 0, 1:
            request.body = Array(request.body.prefix(random.below(request.body.count + 1)))
            if request.body.count < operation.least { request.flaw = "the body is too short" }
        case 2 where request.flaw == nil:
            request.body += (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 3:
            let length = UInt32(request.body.count + 40)
            request.claimedLength = random.pick([0, 39, 40, length &- 1, length + 1, 1 << 31, .max])
            if request.claimedLength != length { request.flaw = "the header lies about the length" }
        default: request.sentLength = 1 + random.below(request.body.count + 40)
        }
        guard let sent = request.sentLength, sent < request.body.count + 40 else { return }
        request.flaw = "less was sent than the header says"
    }
}

private let unknownOperations: [UInt32] = [
    0, 7, 19, 48, 49, 50, 51, 52, 53, 54, 60, 100, 4095, 4096, 4097, 0x10000, 0x7fff_ffff, .max,
]

private let usual: [Operation] =
    Operation.allCases.filter { ![.initialize, .destroy, .cuseInitialize].contains($0) }
    + [
        .lookup, .lookup, .lookup, .open, .open, .create, .mkdir, .read, .read, .write, .write, .readdir, .readdirplus,
        .opendir, .setattr, .getattr, .rename, .rename2, .unlink, .link, .symlink, .readlink, .release, .releasedir,
        .setxattr, .getxattr, .copyFileRange, .fallocate, .lseek, .forget, .setlk, .setlk, .setlkw, .setlkw, .ioctl,
    ]
