import Glibc
import Linux

extension ReachWalker {
    /// A message for each descriptor of a process that stands for a file of a shared source, and not by way of the session's
    /// mount of it: it came from outside, through a socket perhaps.
    ///
    /// Open for reading it can be opened again for writing, by /proc/PID/fd, unless its mount is read-only.
    func openFiles(of mount: InspectedMount, in process: ProcessFacts) throws(SystemError) -> [[UInt8]] {
        let files = (process.descriptors.value ?? []).filter { $0.file?.kind == .regular }
        if files.isEmpty { return [] }
        guard let directory = try sourceDirectory(mount.source) else { return [] }
        let place = try SourcePlace(of: directory.file)
        let here = try mountTable()
        let shared = SharedFiles(name: mount.source, directory: directory.file, place: place, in: here)
        var messages: [[UInt8]] = []
        for descriptor in files where shared.hold(descriptor.file!, at: descriptor.target, here) {
            let writable = isWritable(descriptor.number, of: process.status.process)
            messages.append(
                message(
                    "source \(mount.source) open", writable ? .broken : .holds,
                    "descriptor \(descriptor.number) of \(process.status.process): \(descriptor.target)"))
        }
        return messages
    }

    /// By its own mode or by its mount's; what has been closed meanwhile is not.
    private func isWritable(_ number: Int32, of process: Int32) -> Bool {
        do throws(SystemError) {
            let directory = try ProcessDirectory(ProcessID(process))
            let flags = try directory.text("fdinfo/\(number)").split(separator: "\n").first { $0.hasPrefix("flags:") }
            let octal = flags?.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0, radix: 8) }
            if (octal ?? O_RDWR) & O_ACCMODE != O_RDONLY { return true }
            return try !directory.place("fd/\(number)").mountOptions().contains(.readOnly)
        } catch { return error.reason != Errno(ENOENT) && error.reason != Errno(ESRCH) }
    }
}
