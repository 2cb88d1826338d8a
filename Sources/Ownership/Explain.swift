import Glibc
import Linux

/// Why an owner could not be changed: the error number alone tells several causes apart badly.
func refusal(_ error: Errno, _ status: EntryStatus?, onNetwork: Bool) -> (kind: RefusalKind, reason: String) {
    let denied = error == Errno(EPERM) || error == Errno(EACCES)
    if let status, error == Errno(EPERM) {
        if status.isImmutable { return (.immutable, "it is immutable: chattr -i takes that away") }
        if status.isAppendOnly { return (.appendOnly, "it is append-only: chattr -a takes that away") }
    }
    if denied, onNetwork {
        return (.rootSquash, "\(error): the NFS server does not let this account change owners (root_squash)")
    }
    switch error.rawValue {
    case EROFS: return (.readOnlyMount, "\(error): the tree is mounted read-only")
    case EINVAL: return (.unmappedID, "\(error): the namespace does not map the new owner")
    case EOVERFLOW: return (.unmappedID, "\(error): the namespace does not map its owner")
    case EDQUOT: return (.quota, "\(error): the new owner's quota is used up")
    case EMFILE, ENFILE: return (.descriptors, "\(error): raise the limit of open files (ulimit -n)")
    case ESTALE, ENOTDIR, ELOOP, EXDEV: return (.replaced, "it was replaced while it was looked at")
    default: return (denied ? .notPermitted : .other, error.description)
    }
}

/// What statfs(2) tells of a tree.
struct TreeFileSystem {
    private let type: UInt32

    init(_ root: FileReference) {
        do { type = try root.fileSystemType() } catch { type = 0 }
    }

    /// NFS_SUPER_MAGIC.
    var isNetwork: Bool { type == 0x6969 }
}
