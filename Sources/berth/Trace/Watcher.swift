import ArgumentParser
import Fuse
import Linux

enum TraceFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

/// Writes what a server tells to its standard error, each line whole. Used in the server's process, by its threads.
final class Watcher: @unchecked Sendable {
    // Sendable: `isBroken` is touched under `mutex` alone; the rest never changes.
    private let format: TraceFormat
    private let mutex = Mutex()
    /// After a failed write nothing more is written: the reader has gone, or could not tell where a line begins.
    private var isBroken = false

    private init(_ format: TraceFormat) { self.format = format }

    /// Writes each request if `tracing`, and the statistics whenever SIGUSR1 asks for them.
    static func observer(_ format: TraceFormat, tracing: Bool) -> Observer {
        let watcher = Watcher(format)
        let tell: @Sendable (RequestRecord) -> Void = { watcher.write($0) }
        return Observer(request: tracing ? tell : nil) { watcher.write($0) }
    }

    private func write(_ request: RequestRecord) {
        write((format == .json ? request.record.json : request.line) + "\n")
    }

    private func write(_ statistics: Statistics) {
        write(format == .json ? statistics.record.json + "\n" : statistics.table)
    }

    private func write(_ text: String) {
        mutex.locked {
            if isBroken { return }
            do { try writeErrorStream(Array(text.utf8)) } catch { isBroken = true }
        }
    }
}
