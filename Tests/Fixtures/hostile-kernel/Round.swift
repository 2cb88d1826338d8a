import Glibc
import Passthrough

/// One server's life, from FUSE_INIT to its end, in a scratch of its own.
struct Round {
    let options: Options
    let number: Int
    let requests: Int
    private var random: Random
    private let settings: ServerSettings
    private let bursts: Bool

    init(_ options: Options, number: Int, requests: Int) {
        self.options = options
        self.number = number
        self.requests = requests
        random = Random(seed: options.seed &* 1_000_003 &+ UInt64(number))
        var settings = ServerSettings(readOnly: number % 4 == 3, cache: random.pick([.none, .auto, .always]))
        settings.locks = [1, 2].contains(number % 4) ? .remote : random.pick([.local, .remote])
        settings.maximumThreads = random.pick([1, 2, 4])
        self.settings = settings
        bursts = number % 2 == 0
    }

    /// How many answers there were of each error.
    mutating func run() throws -> [Int32: Int] {
        let root = "\(options.directory)/round-\(getpid())-\(number)"
        let scratch = try Scratch(root, &random)
        let descriptors = random.pick([256, 1024]) as UInt
        let server = try Server(scratch, settings, descriptors: descriptors, deadline: options.deadline)
        let judge = Judge(secret: scratch.secret, secretInodes: scratch.secretInodes)
        var talk = Conversation(server, judge, random, options.plant)
        do {
            try converse(&talk, scratch)
            try scratch.checkCanary()
            if settings.readOnly { try scratch.checkSource() }
        } catch let failure as Failure {
            server.kill()
            print("hostile-kernel: seed \(options.seed) round \(number) request \(talk.sent): \(failure.words)")
            print("hostile-kernel: \(self.description)")
            if let last = talk.last { print("hostile-kernel: operation \(last.operation): \(last.hexadecimal)") }
            try removeTree(root)
            throw failure
        }
        try removeTree(root)
        return talk.answersByError
    }

    private var description: String {
        "cache \(settings.cache), locks \(settings.locks), \(settings.readOnly ? "read-only, " : "")\(settings.maximumThreads) threads, "
            + (bursts ? "several requests at once" : "one request at a time")
    }

    private mutating func converse(_ talk: inout Conversation, _ scratch: Scratch) throws {
        var author = Author(
            random: random, anyHandles: options.anyHandles, readOnly: settings.readOnly, bursts: bursts,
            opensNothing: settings.kernelOpens)
        try refuseBeforeGreeting(&talk, &author)
        try greet(&talk, &author.known)
        let health = try Health(talk.server.process)
        author.known.own = health.own.keys.sorted().map { UInt64($0) }
        var done = 0
        while done < requests {
            let count = bursts ? 1 + random.below(8) : 1
            for _ in 0..<count {
                let request = author.request()
                // No kernel forgets or closes what it is at work with.
                if !options.anyHandles && request.givesBack { try talk.collect(&author.known) }
                try talk.send(request, &author.known)
                if !options.anyHandles && request.givesBack { try talk.collect(&author.known) }
            }
            try talk.collect(&author.known)
            if done / 500 != (done + count) / 500 {
                try health.checkOwn()
                try health.checkMemory(options.memory)
                try secondGreeting(&talk, &author.known)
                if random.chance(30) { try farewell(&talk, &author.known) }
            }
            done += count
        }
        try plantWithin(scratch, &author.known)
        try giveAllBack(&talk, &author.known)
        try health.checkOwn()
        // What is forgotten while it is in use may cost a descriptor.
        if !(bursts && options.anyHandles) { try health.checkNothingLeft() }
        try leave(&talk, &author.known)
    }

    private func greet(_ talk: inout Conversation, _ known: inout Knowledge) throws {
        try talk.send(greeting(), &known, begun: false)
        try talk.collect(&known)
    }

    private func greeting(major: UInt32 = 7) -> Request {
        let body = fields32(major, 38, 131_072, 0x73ff_fffb) + [UInt8](repeating: 0, count: 48)
        return Request(operation: Operation.initialize.rawValue, node: 0, body: body)
    }

    /// Before the greeting there is nothing to be had.
    private func refuseBeforeGreeting(_ talk: inout Conversation, _ author: inout Author) throws {
        for _ in 0..<20 {
            var request = author.request()
            request.flaw = "there is no session"
            request.isProper = false
            try talk.send(request, &author.known, begun: false)
        }
        var old = greeting(major: 6)
        old.flaw = "the protocol is another"
        try talk.send(old, &author.known, begun: false)
        for length in [0, 8, 15, 16, 40, 63] {
            var short = greeting()
            short.body = Array(short.body.prefix(length))
            short.flaw = "the greeting is too short"
            try talk.send(short, &author.known, begun: false)
        }
        // Answered with the version alone: the kernel would greet again.
        try talk.send(greeting(major: 8), &author.known, begun: false)
        try talk.collect(&author.known)
    }

    private func secondGreeting(_ talk: inout Conversation, _ known: inout Knowledge) throws {
        var again = greeting()
        again.flaw = "the session has begun already"
        try talk.send(again, &known)
        try talk.collect(&known)
    }

    /// libfuse goes on after FUSE_DESTROY as if nothing had been said; a kernel has nothing to ask then.
    private func farewell(_ talk: inout Conversation, _ known: inout Knowledge) throws {
        try talk.send(Request(operation: Operation.destroy.rawValue, node: 0, body: []), &known)
        try talk.collect(&known)
    }

    private func giveAllBack(_ talk: inout Conversation, _ known: inout Knowledge) throws {
        for handle in known.handles.keys {
            let open = known.handles[handle]!
            let operation: Operation = open.isDirectory ? .releasedir : .release
            let body = fields64(handle, 0, 0)
            try talk.send(Request(operation: operation.rawValue, node: open.node, body: body), &known)
            try talk.collect(&known)
        }
        for node in known.nodes.keys {
            try talk.send(Request(operation: Operation.forget.rawValue, node: node, body: fields64(.max)), &known)
        }
        var look = Request(operation: Operation.getattr.rawValue, node: Knowledge.root, body: fields64(0, 0))
        look.flaw = nil
        try talk.send(look, &known)
        try talk.collect(&known)
    }

    private mutating func leave(_ talk: inout Conversation, _ known: inout Knowledge) throws {
        try farewell(&talk, &known)
        try talk.server.end(by: random.pick([nil, SIGTERM]))
    }

    private func plantWithin(_ scratch: Scratch, _ known: inout Knowledge) throws {
        switch options.plant {
        case .change: try makeFile(scratch.canary + "/held", "changed")
        case .look: _ = try contents(of: scratch.canary + "/held")
        case .neighbour: try makeFile(scratch.root + "/neighbour", "")
        case .breach where settings.readOnly: try makeFile(scratch.source + "/neighbour", "")
        case .leak: for handle in known.handles.keys.prefix(1) { known.handles[handle] = nil }
        default: break
        }
    }
}
