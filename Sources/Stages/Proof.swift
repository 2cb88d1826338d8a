import Glibc
import Linux
import Plan

/// Tries what a session would try to write a read-only mount, with the session's own credentials: all must be refused.
///
/// A copy of this process tries, so that a success, which ends the run, changes nothing here. Each attempt is a fact.
func proveReadOnly(_ paths: [String]) throws(RunFailure) -> [FactValue] {
    let child = try Child.start("proof") { (channel) throws(RunFailure) in
        let attempts = paths.flatMap(attempts(on:)) + [newNamespaces]
        for attempt in attempts {
            let line = "\(attempt.path)\0\(attempt.name)\0\(try attempt.refusal().rawValue)"
            try explained { () throws(SystemError) in try channel.send(ChildReport.done(Array(line.utf8)).encoded()) }
        }
        try explained { () throws(SystemError) in try channel.send(ChildReport.done([]).encoded()) }
    }
    var facts: [FactValue] = []
    while case let line = try child.report(within: 30_000), !line.isEmpty {
        let fields = String(decoding: line, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
        facts.append(
            .record([
                Fact("path", .text(String(fields[0]))), Fact("attempt", .text(String(fields[1]))),
                Fact("refused", .text(Errno(Int32(fields[2]) ?? 0).description)),
            ]))
    }
    _ = try explained { () throws(SystemError) in try child.process.wait() }
    return facts
}

/// Something that must fail.
private struct Attempt {
    var name: String
    var path: String
    var action: () throws(SystemError) -> Void

    /// Why it failed; throws where it did not.
    func refusal() throws(RunFailure) -> Errno {
        do throws(SystemError) { try action() } catch { return error.reason }
        throw RunFailure("\(name) of '\(path)' succeeded, though it is held read-only")
    }
}

private func attempts(on path: String) -> [Attempt] {
    [
        Attempt(name: "create", path: path) { () throws(SystemError) in try createWithin(path) },
        Attempt(name: "remount", path: path) { () throws(SystemError) in try remountReadWrite(path) },
        Attempt(name: "unmount", path: path) { () throws(SystemError) in try detachMount(path) },
    ]
}

private var newNamespaces: Attempt {
    Attempt(name: "new namespace", path: "") { () throws(SystemError) in
        try unshare([.user, .mount])
    }
}

/// Makes a file in a directory, or opens a file for writing; takes back what it made, as far as it can.
private func createWithin(_ path: String) throws(SystemError) {
    let here = FileReference.workingDirectory
    if try here.status(of: path).kind != .directory {
        _ = try here.open(path, [.writeOnly, .nonBlocking, .noFollow])
        return
    }
    let name = "\(path)/.berth-\(ProcessID.current.rawValue)"
    _ = try here.open(name, [.writeOnly, .create, .exclusive], mode: 0o600)
    unlink(name)
}
