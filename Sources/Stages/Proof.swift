import Glibc
import Linux
import Plan

/// What becomes of a session's attempts at namespaces of its own.
enum NestedNamespaces {
    case refused
    /// They can be made; what is read-only must be so in them as well.
    case lockedInThem
}

/// Tries what a session would try to write a read-only mount, with the session's own credentials: all must be refused.
///
/// A copy of this process tries, so that an attempt that hangs cannot keep berth for ever, and a success, which ends the
/// run, changes nothing here. Each attempt is a fact.
func proveReadOnly(_ paths: [String], _ nested: NestedNamespaces) throws(RunFailure) -> [FactValue] {
    // Answered by the kernel alone, and at once: a copy would take longer than the attempt.
    if paths.isEmpty { return nested == .refused ? [fact("", newNamespaces.name, try newNamespaces.refusal())] : [] }
    let child = try Child.start("proof") { (channel) throws(RunFailure) in
        try tell(paths.flatMap { attempts(on: $0) } + (nested == .refused ? [newNamespaces] : []), channel)
        if nested == .lockedInThem && !paths.isEmpty {
            try explained { () throws(SystemError) in try enterNestedNamespaces() }
            try tell(paths.flatMap { attempts(on: $0, "in a nested namespace: ") }, channel)
        }
        try explained { () throws(SystemError) in try channel.send(ChildReport.done([]).encoded()) }
    }
    var facts: [FactValue] = []
    while case let line = try child.report(within: 30_000), !line.isEmpty {
        let fields = String(decoding: line, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
        facts.append(fact(String(fields[0]), String(fields[1]), Errno(Int32(fields[2]) ?? 0)))
    }
    _ = try explained { () throws(SystemError) in try child.process.wait() }
    return facts
}

private func fact(_ path: String, _ attempt: String, _ refusal: Errno) -> FactValue {
    .record([
        Fact("path", .text(path)), Fact("attempt", .text(attempt)), Fact("refused", .text(refusal.description)),
    ])
}

/// Makes the attempts, and reports how each was refused.
private func tell(_ attempts: [Attempt], _ channel: borrowing Channel) throws(RunFailure) {
    for attempt in attempts {
        let line = "\(attempt.path)\0\(attempt.name)\0\(try attempt.refusal().rawValue)"
        try explained { () throws(SystemError) in try channel.send(ChildReport.done(Array(line.utf8)).encoded()) }
    }
}

/// With every capability there, as a session can get it.
private func enterNestedNamespaces() throws(SystemError) {
    // Without this, the maps would belong to root.
    try ProcessControl.setDumpable(true)
    let user = Credentials.effectiveUser
    let group = Credentials.effectiveGroup
    try unshare([.user, .mount])
    try writeSetting("/proc/self/uid_map", "0 \(user) 1\n")
    try writeSetting("/proc/self/gid_map", "0 \(group) 1\n")
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

private func attempts(on path: String, _ place: String = "") -> [Attempt] {
    [
        Attempt(name: "\(place)create", path: path) { () throws(SystemError) in try createWithin(path) },
        Attempt(name: "\(place)remount", path: path) { () throws(SystemError) in try remountReadWrite(path) },
        Attempt(name: "\(place)unmount", path: path) { () throws(SystemError) in try detachMount(path) },
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
