/// Why an owner could not be changed.
package enum RefusalKind: UInt8, CaseIterable, Sendable {
    case immutable, appendOnly, readOnlyMount, rootSquash, unmappedID, quota, hardLinks, replaced, descriptors,
        notPermitted
    case other

    /// The word for programs.
    package var name: String {
        switch self {
        case .immutable: "immutable"
        case .appendOnly: "append-only"
        case .readOnlyMount: "read-only-mount"
        case .rootSquash: "root-squash"
        case .unmappedID: "unmapped-id"
        case .quota: "quota"
        case .hardLinks: "hard-links"
        case .replaced: "replaced"
        case .descriptors: "descriptors"
        case .notPermitted: "not-permitted"
        case .other: "other"
        }
    }
}

/// Something about one entry that whoever asked for the walk should know.
package struct Finding: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Wrong, and left so because the walk only checks.
        case wrong
        case refused(RefusalKind)
        case setIDCleared, setIDKept, capabilitiesCleared, capabilitiesKept
        /// In restoring: not as the record says that the walk left it.
        case different

        /// The word for programs.
        package var name: String {
            switch self {
            case .wrong: "wrong"
            case .refused(let kind): kind.name
            case .setIDCleared: "set-id-cleared"
            case .setIDKept: "set-id-kept"
            case .capabilitiesCleared: "capabilities-cleared"
            case .capabilitiesKept: "capabilities-kept"
            case .different: "different"
            }
        }
    }

    /// The number of the tree, in the order that the walk was given.
    package let tree: Int
    /// From the tree's root, `.` for the root itself; any bytes but NUL.
    package let path: [UInt8]
    package let kind: Kind
    package let detail: String
    /// Of an entry that a walk only looked at: why it would be refused.
    package let obstacle: RefusalKind?

    package init(tree: Int = 0, path: [UInt8], kind: Kind, detail: String, obstacle: RefusalKind? = nil) {
        self.tree = tree
        self.path = path
        self.kind = kind
        self.detail = detail
        self.obstacle = obstacle
    }
}

extension Finding: CustomStringConvertible {
    /// One line; of a very long path, its end.
    package var description: String {
        let shown = path.count <= 400 ? path[...] : [46, 46, 46] + path.suffix(397)
        return "'\(String(decoding: shown, as: UTF8.self))': \(detail)"
    }
}
