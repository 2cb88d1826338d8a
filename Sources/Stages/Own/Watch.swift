import Glibc
import Linux
import Ownership
import Synchronization

/// What the first thread does while others walk, or another process does: it reports progress, and listens to signals.
struct Watch: Sendable {
    private let interval: Int?
    /// The signals that ask to end, but for those that whoever started berth has it ignore.
    private let endings: [Int32]

    /// Sent by the walking thread at its end.
    private static let walkEnded = SIGUSR1

    /// From now on these signals wait until somebody asks for them. Call it before there is a second thread.
    init(interval: Int?) throws(RunFailure) {
        self.interval = interval
        let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].filter { !isSignalIgnored($0) }
        self.endings = endings
        _ = try explained { () throws(SystemError) in
            try SignalSet(endings + [Self.walkEnded, SIGCHLD]).block()
        }
    }

    /// Runs `walk` on a thread until it has ended; what it answers, and the signal that ended it early.
    func follow(
        _ walk: @escaping @Sendable () -> Result<WalkReport, RunFailure>, _ progress: WalkProgress,
        _ tell: (WalkProgress.Snapshot) -> Void
    ) throws(RunFailure) -> (Result<WalkReport, RunFailure>, signal: Int32?) {
        let walking = Walking()
        let thread = try explained { () throws(SystemError) in
            try Thread.start {
                walking.end(with: walk())
                // Whoever cannot be told looks again after a second.
                do throws(SystemError) { try ProcessID.current.send(Self.walkEnded) } catch {}
            }
        }
        var asked: Int32?
        var next = monotonicMilliseconds() + (interval ?? 0)
        while walking.result == nil {
            if let signal = try ending(within: min(interval ?? 1000, 1000)) {
                // Whoever asks twice does not want to wait: the record and the tree agree at any moment.
                if asked != nil { _exit(128 + signal) }
                asked = signal
                progress.cancel()
            }
            guard let interval, monotonicMilliseconds() >= next, walking.result == nil else { continue }
            next = monotonicMilliseconds() + interval
            tell(progress.snapshot)
        }
        thread.join()
        return (walking.result!, asked)
    }

    private func ending(within milliseconds: Int) throws(RunFailure) -> Int32? {
        let all = SignalSet(endings + [Self.walkEnded])
        let signal = try explained { () throws(SystemError) in try all.wait(within: milliseconds) }
        guard let signal, endings.contains(signal.number) else { return nil }
        return signal.number
    }

    /// Waits until the child has ended, and passes on to it what asks for its end; its exit status.
    func wait(for child: consuming Child) throws(RunFailure) -> Int32 {
        let all = SignalSet(endings + [SIGCHLD])
        while true {
            let signal = try explained { () throws(SystemError) in try all.wait(within: 1000) }
            // A key at the terminal has reached the child as well.
            if let signal, signal.number != SIGCHLD, !signal.fromKernel { try pass(signal.number, to: child.process) }
            guard let ended = try explained({ () throws(SystemError) in try ProcessID.collect() }),
                ended.process == child.process
            else { continue }
            switch ended.status {
            case .stopped: continue
            case .killed(let signal): return 128 + signal
            case .exited: return Int32(try child.report(within: 0).first ?? 125)
            }
        }
    }

    private func pass(_ signal: Int32, to process: ProcessID) throws(RunFailure) {
        do { try process.send(signal) } catch {
            if error.reason != Errno(ESRCH) { throw RunFailure(error) }
        }
    }
}

/// A walk on another thread, and what it answers in the end.
private final class Walking: @unchecked Sendable {
    // Sendable: `answer` is touched under `mutex` alone.
    private let mutex = Mutex()
    private var answer: Result<WalkReport, RunFailure>?

    var result: Result<WalkReport, RunFailure>? { mutex.locked { answer } }

    func end(with result: Result<WalkReport, RunFailure>) { mutex.locked { answer = result } }
}
