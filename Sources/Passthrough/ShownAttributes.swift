import Fuse
import Glibc
import Linux

/// What is told of a file. Owners and rights are the source's own, with these exceptions.
///
/// - `map=`: ids are translated; one that the map does not have reads as 65534. On a mount for everybody it is told as no
///   id at all: the kernel, which decides there, takes nobody for the owner, and shows 65534 for it.
/// - A session's home: owners that its namespace does not map are shown as its own. The kernel lets nobody write to a file
///   whose owner or group has no id (user_namespaces(7)), not even where the account's other groups allow it. Whether it
///   may is decided by the source alone.
/// - A shared tree of one account's, a session's or not: there the kernel opens files by itself, and decides by what it
///   is told. It must come to what the source would say to this account, whose groups need no id in the namespace, and
///   of whose rights an ACL may say more than the mode does.
extension PassthroughFileSystem {
    /// `name` in `directory` is what `attributes` were read from.
    func shown(_ attributes: FileAttributes, _ name: CName, in directory: FileReference) -> stat {
        shown(attributes.status) { directory.allows($0, name) }
    }

    func shown(_ attributes: FileAttributes, of file: FileReference) -> stat {
        shown(attributes.status) { mode in
            do throws(Errno) {
                return try withPath(of: file) { FileReference.workingDirectory.allows(mode, $0, following: true) }
            } catch { return false }
        }
    }

    private func shown(_ status: stat, _ allows: (Int32) -> Bool) -> stat {
        var shown = status
        shown.st_ino = ino_t(shownInode(UInt64(status.st_ino), on: UInt64(status.st_dev)))
        if !settings.identities.lines.isEmpty {
            let none = settings.audience == .everybody ? UInt32.max : overflowID
            shown.st_uid = settings.identities.inside(of: shown.st_uid) ?? none
            shown.st_gid = settings.identities.inside(of: shown.st_gid) ?? none
        }
        // Root needs nobody's leave, here or there.
        let isOneAccount = settings.audience == .session || (settings.audience == .account && account.user != 0)
        if settings.neverChanges && isOneAccount { return judged(shown, allows) }
        guard settings.audience == .session else { return shown }
        if shown.st_uid == overflowID { shown.st_uid = account.user }
        if shown.st_gid == overflowID { shown.st_gid = account.group }
        return shown
    }

    /// The mount is one device, whatever is mounted within the source: inodes of other devices, or of subvolumes, which count
    /// from the same numbers, are told apart by their upper halves. Otherwise they would be links of each other.
    func shownInode(_ inode: UInt64, on device: UInt64) -> UInt64 {
        if device == rootDevice { return inode }
        return inode ^ (device &* 0x9E37_79B9_7F4A_7C15 | 1 << 32) & ~0xffff_ffff
    }

    /// The owner's rights are those of the mode. For everybody else the source is asked, once, for every right that
    /// anybody has; only where it says no is it asked for each.
    private func judged(_ status: stat, _ allows: (Int32) -> Bool) -> stat {
        if status.st_uid == account.user || FileKind(mode: status.st_mode) == .symbolicLink { return status }
        var judged = status
        let group = Int32(status.st_mode >> 3) & (R_OK | X_OK)
        let others = Int32(status.st_mode) & (R_OK | X_OK)
        let possible = (Int32(status.st_mode >> 6) | group | others) & (R_OK | X_OK)
        if possible == 0 { return status }
        let each = [R_OK, X_OK].filter { possible & $0 != 0 }
        let granted = allows(possible) ? possible : each.filter(allows).reduce(0, |)
        let isGroup = status.st_gid == account.group
        if granted == (isGroup ? group : others) { return status }
        if granted == group {
            judged.st_gid = account.group
        } else if isGroup {
            judged.st_mode = status.st_mode & ~0o050 | mode_t(granted) << 3
        } else {
            judged.st_mode = status.st_mode & ~0o005 | mode_t(granted)
        }
        return judged
    }
}

/// What an id that a namespace does not map reads as, /proc/sys/kernel/overflowuid.
let overflowID: UInt32 = 65534
