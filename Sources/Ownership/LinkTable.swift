import Linux

/// Files with several links that are to be changed, counted over the whole walk: they are changed only when every link
/// lies within the tree, or a link made to somebody's file outside would give it away (CVE-2017-18078).
///
/// Whoever owns the tree may move a single link about, so that the walk meets it in several places. Each of that changes
/// the inode's ctime, and a directory that is moved stays the same directory. So a name counts once for each directory,
/// and a file whose ctime is not from before the walk, or changed during it, is refused.
struct LinkTable {
    struct File {
        /// As it was first met.
        let status: EntryStatus
        /// The places where it was met; the directory's identity tells places apart, its `Place` leads there.
        var names: [Name: Place]
        /// Its ctime was different at another place.
        var moved = false
    }

    struct Name: Hashable {
        var directory: FileIdentity
        var name: EntryName
    }

    private(set) var files: [FileIdentity: File] = [:]

    mutating func count(_ status: EntryStatus, _ name: EntryName, in place: Place) {
        let name = Name(directory: place.identity, name: name)
        guard files[status.identity] != nil else {
            files[status.identity] = File(status: status, names: [name: place])
            return
        }
        files[status.identity]!.names[name] = place
        if !files[status.identity]!.isUnchanged(status) { files[status.identity]!.moved = true }
    }
}

extension LinkTable.File {
    /// Whether the file now is as it was first met.
    func isUnchanged(_ now: EntryStatus) -> Bool {
        now.identity == status.identity && now.changeTime == status.changeTime && now.linkCount == status.linkCount
    }

    /// Why it cannot be changed; nil where all its links are known to lie within the tree.
    func refusal(walkBegan began: Int64) -> String? {
        // Time stamps are as coarse as the kernel's tick: what was changed just before may have been changed just after.
        let margin: Int64 = 20_000_000
        if moved || status.changeTime + margin > began { return "its links were changed while they were counted" }
        if names.count == status.linkCount { return nil }
        return "\(names.count) of its \(status.linkCount) links lie within the tree: it may be somebody else's file"
    }
}
