/// What a mount may do otherwise than the file system beneath. `--avoid` keeps out of its way; without it, each makes the
/// test fail. The first three are rules of the kernel's FUSE where it is not told `default_permissions`, the fourth
/// always; the others are a server's.
enum Difference: String, CaseIterable {
    /// Where two errors apply, the one that says "permission denied" may lose: the kernel leaves that check to the server,
    /// and asks it last.
    case refusalOrder = "refusal-order"
    /// A directory that has lost the right to search it may still be searched for names in the kernel's cache.
    case search
    /// A FIFO is opened by the kernel alone, which checks no permission.
    case fifoPermission = "fifo-permission"
    /// A store to a mapping reaches the source as a write, and a write clears the set-id bits.
    case mappedSetID = "mapped-set-id"
    /// What is open only in the kernel (O_PATH, FIFO) is unknown to the server, and lost to it without its name.
    case unlinkedHandle = "unlinked-handle"
    /// What is open is looked for by its name, which another thread is changing: ENOENT or ESTALE.
    case racingHandle = "racing-handle"
    /// An attribute whose name and value together have fewer than eight bytes.
    case shortAttribute = "short-attribute"
    /// open(2) with O_RDONLY and O_TRUNC.
    case truncatingReader = "truncating-reader"
    /// chown(2) that changes neither owner nor group clears the set-id bits all the same.
    case unchangedOwner = "unchanged-owner"
}

/// The differences of a comma-separated list.
func differences(_ list: String) throws -> Set<Difference> {
    Set(
        try list.split(separator: ",").map { name in
            if let difference = Difference(rawValue: String(name)) { return difference }
            let known = Difference.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure("--avoid: '\(name)' is none of \(known)")
        })
}
