import Glibc
import Linux

extension Walker {
    /// Changes what the descriptor stands for; `status` was read from it. `name` is nil where it is the place itself.
    mutating func change(
        _ file: FileReference, _ status: EntryStatus, to new: Owner, _ name: EntryName?, in place: Place
    ) {
        do throws(Errno) {
            let before = try privileges(file, status)
            try calls.changeOwner(of: file, user: new.user, group: new.group)
            report.changed += 1
            if !before.isEmpty { try notice(file, before, name, in: place) }
        } catch { refuse(error, status, name, in: place) }
    }

    /// What would run with somebody else's rights; a change of owner takes it away, capabilities(7) and chown(2).
    private mutating func privileges(_ file: FileReference, _ status: EntryStatus) throws(Errno) -> FilePrivileges {
        guard status.needsReadBack else { return [] }
        var found: FilePrivileges = status.mode & (S_ISUID | S_ISGID) != 0 ? .setID : []
        guard status.mayExecute else { return found }
        switch try file.hasFileCapabilities(under: calls.descriptors) {
        case true?: found.insert(.capabilities)
        case false?: break
        case nil: report.capabilitiesUnseen += 1
        }
        return found
    }

    /// What gave the old owner's rights must not silently give the new one's.
    private mutating func notice(
        _ file: FileReference, _ before: FilePrivileges, _ name: EntryName?, in place: Place
    ) throws(Errno) {
        let after = try privileges(file, try EntryStatus.of(file))
        if before.contains(.setID) {
            if after.contains(.setID) {
                report.setIDKept += 1
                list(.setIDKept, "it kept its set-id bits, which now give the new owner's rights", name, in: place)
            } else {
                report.setIDCleared += 1
                list(.setIDCleared, "the kernel took its set-id bits away", name, in: place)
            }
        }
        if before.contains(.capabilities) {
            if after.contains(.capabilities) {
                report.capabilitiesKept += 1
                list(.capabilitiesKept, "it kept its file capabilities", name, in: place)
            } else {
                report.capabilitiesCleared += 1
                list(.capabilitiesCleared, "the kernel took its file capabilities away", name, in: place)
            }
        }
    }
}

/// What makes a program more than the one who starts it.
private struct FilePrivileges: OptionSet {
    let rawValue: Int

    static let setID = FilePrivileges(rawValue: 1)
    static let capabilities = FilePrivileges(rawValue: 2)
}

extension EntryStatus {
    var mayExecute: Bool { isRegular && mode & (S_IXUSR | S_IXGRP | S_IXOTH) != 0 }

    /// Whether the file may have privileges that must be looked at when its owner changes.
    var needsReadBack: Bool { mayExecute || isRegular && mode & (S_ISUID | S_ISGID) != 0 }
}
