import Glibc
import Linux
import Plan

/// Shows the session copies of passwd(5) and group(5) that know its own ids, where the image's do not.
///
/// Call it in the session's mount namespace, before the mounts. Answers the paths that are covered; they are read-only.
func showAccountFiles(_ plan: RunPlan, _ report: (Event) -> Void) throws(RunFailure) -> [String] {
    var shown: [String] = []
    for entry in plan.missingEntries {
        let path = "/etc/\(entry.file)"
        guard let place = openRegular(entry.file), let text = readWhole(path) else {
            report(.warning("'\(path)' cannot be read or is no regular file, so \(entry.name) gets no entry in it"))
            continue
        }
        let end = text.isEmpty || text.last == UInt8(ascii: "\n") ? "" : "\n"
        let whole = text + Array("\(end)\(entry.line)\n".utf8)
        try explained(on: path) { () throws(SystemError) in
            let copy = try mountedFile(entry.file, whole)
            try copy.attach(onto: place.file)
        }
        guard readWhole(path) == whole else { throw RunFailure("'\(path)' does not show the entry of \(entry.name)") }
        shown.append(path)
    }
    return shown
}

/// The file in /etc, held; nil where there is none, or a link, which nobody here can tell root's from others'.
private func openRegular(_ name: String) -> Descriptor? {
    do {
        let directory = try PathWalk(trustedOwners: []).openDirectory("/etc")
        let file = try directory.open(name, [.pathOnly, .noFollow])
        guard try file.status().kind == .regular else { return nil }
        return consume file
    } catch { return nil }
}

private func readWhole(_ path: String) -> [UInt8]? {
    let most = 16 << 20
    do {
        let file = try FileReference.workingDirectory.open(path, [.readOnly, .noFollow, .nonBlocking])
        let bytes = try file.readAll(limit: most + 1)
        return bytes.count > most ? nil : bytes
    } catch { return nil }
}

/// A file with these bytes as a mount of its own, attached nowhere yet, that nobody can write.
///
/// It lies in a file system in memory that is seen only for a moment: before Linux 6.15 a part of a mount can be cloned
/// only while that is attached somewhere.
private func mountedFile(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> Descriptor {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("mode", "0555")
    let memory = try context.mount([.noSetUserID, .noDevices, .noExecution])
    try memory.open(name, [.writeOnly, .create, .exclusive], mode: 0o444).write(bytes)
    let anywhere = try FileReference.workingDirectory.open("/etc", [.pathOnly, .directory, .noFollow])
    try memory.attach(onto: anywhere.file)
    let copy = try memory.cloneTree(name)
    // By descriptor: what lies on /etc by path could be another's.
    try detachMount("/proc/self/fd/\(memory.number)")
    try copy.setMountAttributes([.readOnly, .noSetUserID, .noDevices, .noExecution])
    return copy
}
