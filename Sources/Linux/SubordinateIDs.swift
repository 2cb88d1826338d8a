import Glibc

/// One line of subuid(5) or subgid(5): `count` ids from `first` on are lent to `owner`.
package struct SubordinateLine: Hashable, Sendable {
    /// A name, or a user id in decimal.
    package var owner: String
    package var first: UInt32
    package var count: UInt32

    package init(owner: String, first: UInt32, count: UInt32) {
        self.owner = owner
        self.first = first
        self.count = count
    }

    /// Reads the text of such a file. Like newuidmap(1), passes over what is no such line: it lends nothing.
    package static func parse(_ text: String) -> [SubordinateLine] {
        text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count == 3, !fields[0].isEmpty, fields[0].first != UInt8(ascii: "#"),
                let first = UInt32(Substring(fields[1])), let count = UInt32(Substring(fields[2]))
            else { return nil }
            return SubordinateLine(owner: String(Substring(fields[0])), first: first, count: count)
        }
    }

    /// The lines of `path`; none where there is no such file.
    package static func read(_ path: String) throws(SystemError) -> [SubordinateLine] {
        do { return parse(try readText(path)) } catch {
            if error.reason.rawValue == ENOENT { return [] }
            throw error
        }
    }
}

/// The set-id programs of shadow-utils that write the map of somebody else's user namespace.
///
/// By fixed paths: the environment has no say in which program is trusted.
package enum MapWriter {
    /// newuidmap(1).
    package static let users = "/usr/bin/newuidmap"
    /// newgidmap(1).
    package static let groups = "/usr/bin/newgidmap"

    /// Whether both are there and may be executed.
    package static func areInstalled() -> Bool {
        access(users, X_OK) == 0 && access(groups, X_OK) == 0
    }
}
