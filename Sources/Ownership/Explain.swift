import Glibc
import Linux

/// Why an owner could not be changed, in words: the error number alone tells several causes apart badly.
func explain(_ error: Errno, _ attributes: FileAttributes?, on tree: FileReference) -> String {
    if let attributes, error == Errno(EPERM) {
        if attributes.isImmutable { return "it is immutable: chattr -i takes that away" }
        if attributes.isAppendOnly { return "it is append-only: chattr -a takes that away" }
    }
    if error == Errno(EPERM) || error == Errno(EACCES), isNetworkFileSystem(tree) {
        return "\(error): the NFS server does not let this account change owners (root_squash)"
    }
    switch error.rawValue {
    case EROFS: return "\(error): the tree is mounted read-only"
    case EINVAL, EOVERFLOW: return "\(error): the namespace does not map its owner"
    case EDQUOT: return "\(error): the new owner's quota is used up"
    case EMFILE, ENFILE: return "\(error): raise the limit of open files (ulimit -n)"
    default: return error.description
    }
}

private func isNetworkFileSystem(_ tree: FileReference) -> Bool {
    do { return try tree.fileSystemType() == 0x6969 } catch { return false }
}
