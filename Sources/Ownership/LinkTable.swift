import Glibc
import Linux

/// Files with several links that are to be changed, counted over the whole walk: they are changed only when every link
/// lies within the tree, or a link made to somebody's file outside would give it away (CVE-2017-18078).
///
/// Whoever owns the tree may move a single link about, so that the walk meets it in several places. Each of that changes
/// the inode's ctime, and a directory that is moved stays the same directory. So a name counts once for each directory,
/// and a file whose ctime is not from before the walk, or changed during it, is refused.
struct LinkTable {
    struct File {
        var expected: UInt64
        var changeTime: timespec
        /// The places where it was met, and a path that leads to each.
        var places: [Place: String]
        /// Its ctime was different at another place.
        var moved = false
    }

    struct Place: Hashable {
        var directory: FileIdentity
        var name: String
    }

    private(set) var files: [FileIdentity: File] = [:]

    mutating func count(_ attributes: FileAttributes, _ name: String, in directory: OpenDirectory) {
        let place = Place(directory: directory.identity, name: name)
        let status = attributes.status
        if files[attributes.identity] == nil {
            files[attributes.identity] = File(
                expected: UInt64(status.st_nlink), changeTime: status.st_ctim, places: [place: directory.path(of: name)]
            )
            return
        }
        files[attributes.identity]!.places[place] = directory.path(of: name)
        if !files[attributes.identity]!.isUnchanged(status) { files[attributes.identity]!.moved = true }
    }
}

extension LinkTable.File {
    /// Every path that leads to it, in order.
    var paths: [String] { places.values.sorted() }

    /// Whether the file now is as it was first met.
    func isUnchanged(_ status: stat) -> Bool {
        status.st_ctim.tv_sec == changeTime.tv_sec && status.st_ctim.tv_nsec == changeTime.tv_nsec
            && UInt64(status.st_nlink) == expected
    }

    /// Why it cannot be changed; nil where all its links are known to lie within the tree.
    func refusal(walkBegan began: timespec) -> String? {
        // Time stamps are as coarse as the kernel's tick: what was changed just before may have been changed just after.
        let margin = 20_000_000
        let began = began.tv_sec * 1_000_000_000 + began.tv_nsec
        let changed = changeTime.tv_sec * 1_000_000_000 + changeTime.tv_nsec
        if moved || changed + margin > began { return "its links were changed while they were counted" }
        if UInt64(places.count) == expected { return nil }
        return "\(places.count) of its \(expected) links lie within the tree: it may be somebody else's file"
    }
}
