/// The operations of the protocol by their numbers in linux/fuse.h.
enum Operation: UInt32, CaseIterable {
    case lookup = 1
    case forget = 2
    case getattr = 3
    case setattr = 4
    case readlink = 5
    case symlink = 6
    case mknod = 8
    case mkdir = 9
    case unlink = 10
    case rmdir = 11
    case rename = 12
    case link = 13
    case open = 14
    case read = 15
    case write = 16
    case statfs = 17
    case release = 18
    case fsync = 20
    case setxattr = 21
    case getxattr = 22
    case listxattr = 23
    case removexattr = 24
    case flush = 25
    case initialize = 26
    case opendir = 27
    case readdir = 28
    case releasedir = 29
    case fsyncdir = 30
    case getlk = 31
    case setlk = 32
    case setlkw = 33
    case access = 34
    case create = 35
    case interrupt = 36
    case bmap = 37
    case destroy = 38
    case ioctl = 39
    case poll = 40
    case notifyReply = 41
    case batchForget = 42
    case fallocate = 43
    case readdirplus = 44
    case rename2 = 45
    case lseek = 46
    case copyFileRange = 47
    case setupMapping = 48
    case removeMapping = 49
    case syncfs = 50
    case tmpfile = 51
    case statx = 52
    case cuseInitialize = 4096

    /// No answer is owed.
    var isSilent: Bool { [.forget, .batchForget, .interrupt, .notifyReply].contains(self) }

    /// How many bytes follow the header at least: the structure, and a NUL byte for each name.
    var least: Int {
        switch self {
        case .lookup, .unlink, .rmdir, .removexattr: 1
        case .symlink: 2
        case .forget, .open, .opendir, .access, .interrupt, .batchForget, .listxattr: 8
        case .mkdir, .link, .getxattr: 9
        case .rename: 10
        case .getattr, .initialize, .fsync, .fsyncdir, .bmap: 16
        case .mknod, .create, .setxattr: 17
        case .rename2: 18
        case .release, .releasedir, .flush, .lseek, .poll: 24
        case .fallocate, .ioctl: 32
        case .read, .readdir, .readdirplus, .write: 40
        case .getlk, .setlk, .setlkw: 48
        case .copyFileRange: 56
        case .setattr: 88
        default: 0
        }
    }

    /// How long the body of an answer is; nil where that depends on what was asked.
    var answerLength: Int? {
        switch self {
        case .lookup, .symlink, .mknod, .mkdir, .link: 128
        case .getattr, .setattr: 104
        case .open, .opendir: 16
        case .create: 144
        case .statfs: 80
        case .write, .copyFileRange, .lseek, .bmap, .poll: 8
        case .getlk: 24
        case .read, .readdir, .readdirplus, .readlink, .getxattr, .listxattr, .ioctl, .initialize: nil
        default: 0
        }
    }

    /// It would change the source.
    var isChange: Bool {
        [
            .setattr, .symlink, .mknod, .mkdir, .unlink, .rmdir, .rename, .rename2, .link, .create, .write, .setxattr,
            .removexattr, .fallocate, .copyFileRange,
        ].contains(self)
    }
}
