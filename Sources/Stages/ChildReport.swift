import Glibc
import Linux

/// What a process that berth forked says about its work, through its channel.
enum ChildReport {
    case done([UInt8])
    /// How far it is; more reports follow.
    case progress([UInt8])
    case failed(RunFailure)

    /// A letter for the case, then the payload, or the exit status, the message, the hint and the gate, parted by NUL bytes.
    func encoded() -> [UInt8] {
        switch self {
        case .done(let payload): return [UInt8(ascii: "d")] + payload
        case .progress(let payload): return [UInt8(ascii: "p")] + payload
        case .failed(let failure):
            let texts = [failure.message, failure.hint ?? "", failure.gate ?? ""]
            return [UInt8(ascii: "f"), UInt8(clamping: failure.status)] + texts.joined(separator: "\0").utf8
        }
    }

    init?(decoding message: [UInt8]) {
        switch message.first {
        case UInt8(ascii: "d"): self = .done(Array(message.dropFirst()))
        case UInt8(ascii: "p"): self = .progress(Array(message.dropFirst()))
        case UInt8(ascii: "f") where message.count > 1:
            let parts = message.dropFirst(2).split(separator: 0, omittingEmptySubsequences: false)
            let texts = parts.map { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) } + [nil, nil]
            var failure = RunFailure(texts[0] ?? "", hint: texts[1], status: Int32(message[1]))
            failure.gate = texts[2]
            self = .failed(failure)
        default: return nil
        }
    }
}

/// The other end of a forked process, for the one that forked it.
struct Child: ~Copyable {
    let process: ProcessID
    let channel: Channel
    /// What it is, for error texts: `owner worker`, `file server of '/data'`.
    let name: String

    /// Forks a process that runs `work` with its end of a channel, and reports a failure of it there.
    static func start(
        _ name: String, into namespaces: NamespaceKinds = [],
        _ work: (borrowing Channel) throws(RunFailure) -> Void
    ) throws(RunFailure) -> Child {
        var ends = try explained { () throws(SystemError) in Optional(try Channel.pair()) }
        let process = try explained { () throws(SystemError) in
            try fork(into: namespaces) {
                let channel = ends.take()!.keepFar()
                do throws(RunFailure) {
                    try work(channel)
                    return 0
                } catch {
                    return tell(error, on: channel)
                }
            }
        }
        return Child(process: process, channel: ends.take()!.keepNear(), name: name)
    }

    /// Waits for the next report; a child that is gone, late or unintelligible has failed.
    func report(within milliseconds: Int32?) throws(RunFailure) -> [UInt8] {
        guard case .done(let payload) = try next(within: milliseconds) else { throw unintelligible }
        return payload
    }

    /// Waits for the next report, however long it takes, and hands on what comes before it.
    func report(_ progress: ([UInt8]) throws(RunFailure) -> Void) throws(RunFailure) -> [UInt8] {
        while true {
            switch try next(within: nil) {
            case .progress(let message): try progress(message)
            case .done(let payload): return payload
            case .failed(let failure): throw failure
            }
        }
    }

    private func next(within milliseconds: Int32?) throws(RunFailure) -> ChildReport {
        let message = try explained(on: name) { () throws(SystemError) in try channel.receive(within: milliseconds) }
        guard let message else { throw RunFailure("the \(name) ended before it answered", by: .berth) }
        guard let report = ChildReport(decoding: message) else { throw unintelligible }
        if case .failed(let failure) = report { throw failure }
        return report
    }

    /// What the child said was none of its words.
    var unintelligible: RunFailure { RunFailure("the \(name) answered something unintelligible", by: .berth) }

    /// Lets the child go on with what it waits for.
    func proceed() throws(RunFailure) {
        try explained(on: name) { () throws(SystemError) in try channel.send([UInt8(ascii: "g")]) }
    }
}

/// In a child: tells the failure to the one that forked it; the exit status to leave with.
private func tell(_ failure: RunFailure, on channel: borrowing Channel) -> Int32 {
    do throws(SystemError) { try channel.send(ChildReport.failed(failure).encoded()) } catch { return failure.status }
    return failure.status
}

/// In a child: waits until the one that forked it says so; false when that one is gone.
func waitToProceed(_ channel: borrowing Channel) throws(SystemError) -> Bool {
    try channel.receive(within: nil) != nil
}

/// Runs `work` in a copy of this process, which then ends; answers its failure, if it had one.
func inChild(_ work: () throws(RunFailure) -> Void) throws(RunFailure) -> RunFailure? {
    let child = try Child.start("checking process") { (channel) throws(RunFailure) in
        try work()
        try explained { () throws(SystemError) in try channel.send(ChildReport.done([]).encoded()) }
    }
    var failure: RunFailure?
    do throws(RunFailure) { _ = try child.report(within: 30_000) } catch { failure = error }
    _ = try explained { () throws(SystemError) in try child.process.wait() }
    return failure
}
