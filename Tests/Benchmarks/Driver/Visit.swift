import Foundation

/// A contestant that serves a source, and a client that works in it, until the visit is over.
///
/// Every visit is a mount of its own, so the first pass of a visit finds no cache on the FUSE side, while the source's
/// own caches are warm.
final class Visit {
    /// The source as the client sees it.
    let root: String
    let contestant: Contestant
    private let client: pid_t
    private let toClient: FileHandle
    private let fromClient: FileHandle
    private var unread = Data()

    fileprivate init(_ contestant: Contestant, root: String, words: [String]) throws {
        self.contestant = contestant
        self.root = root
        let orders = try Pipe()
        let answers = try Pipe()
        client = try spawn(words, input: orders.reading, output: answers.writing, errors: 2)
        toClient = FileHandle(fileDescriptor: dup(orders.writing), closeOnDealloc: true)
        fromClient = FileHandle(fileDescriptor: dup(answers.reading), closeOnDealloc: true)
    }

    /// The client's answer to an order.
    func ask(_ order: Order) throws -> Answer {
        var line = try JSONEncoder().encode(order)
        line.append(UInt8(ascii: "\n"))
        try toClient.write(contentsOf: line)
        let answer = try JSONDecoder().decode(Answer.self, from: readLine())
        if let error = answer.error { throw Trouble(error) }
        return answer
    }

    private func readLine() throws -> Data {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end]
                unread = Data(unread[(end + 1)...])
                return Data(line)
            }
            // A mount that hangs must not hang the benchmark.
            var waiting = pollfd(fd: fromClient.fileDescriptor, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, 600_000) == 0 { throw Trouble("no answer within ten minutes") }
            let more = fromClient.availableData
            if more.isEmpty { throw Trouble("the client has ended") }
            unread.append(more)
        }
    }

    /// A measurement of the source itself, or of a cache that is to be full, may be repeated; a cold one may not.
    var coldSeconds: Double { contestant.part == .native ? warmSeconds : 0 }
    var warmSeconds: Double { 0.3 }

    fileprivate func end() throws {
        try toClient.close()
        let status = try waitFor(client)
        if status != 0 { throw Trouble("the client ended with \(status)") }
    }

    fileprivate func kill() throws {
        Glibc.kill(client, SIGKILL)
        _ = try waitFor(client)
    }
}

/// Servers that went into the background end as children of this process where it is the first of its namespace.
private func reapServers() {
    while waitpid(-1, nil, WNOHANG) > 0 {}
}

extension Bench {
    /// Serves the source, checks that the client stands where it should, and lets it work.
    func visit<Result>(_ contestant: Contestant, _ source: String, _ body: (Visit) throws -> Result) throws -> Result {
        let target = contestant.part == .native ? source : try scratch.fresh(.memory, "target")
        for path in [source, target] { try give(path, to: contestant.owner) }
        let spare = try scratch.beside(source, "spare")
        if case .mount(let words) = contestant.serving {
            for path in [spare + "/lower", spare + "/work"] { try makeDirectory(path) }
            try Program(mode.prefix + words(source, target, spare)).mustRun()
        }
        let result = Swift.Result { try work(contestant, source, target, body) }
        if case .mount = contestant.serving {
            // A visit that failed may have left a program that still looks at the mount.
            if case .failure = result {
                try Program("umount", "--lazy", target).mustRun()
            } else {
                try Program("umount", target).mustRun()
            }
        }
        reapServers()
        try scratch.remove(spare)
        if contestant.part != .native { try scratch.remove(target) }
        return try result.get()
    }

    private func work<Result>(
        _ contestant: Contestant, _ source: String, _ target: String, _ body: (Visit) throws -> Result
    ) throws -> Result {
        var words = [clientProgram, clientWord]
        if case .session(let session) = contestant.serving { words = session(source, target) + words }
        let visit = try Visit(contestant, root: target, words: mode.prefix + words)
        do {
            let look = ["stat", "--file-system", "--format=%T", target]
            let kind = try visit.ask(.program(look, atLeast: 0)).output
            if kind.contains("fuse") == (contestant.part == .native) {
                throw Trouble("the client stands on a file system of kind \(kind)")
            }
            let result = try body(visit)
            try visit.end()
            return result
        } catch {
            try visit.kill()
            throw error
        }
    }
}
