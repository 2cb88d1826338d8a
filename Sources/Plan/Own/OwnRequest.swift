/// What `berth own` was asked for, before anybody has looked whether it can be done.
package struct OwnRequest: Sendable {
    package var paths: [String] = []
    package var to: AccountWish?
    package var from: OwnerFilter?
    package var moves: [IDMove] = []
    /// The change record to be written.
    package var record: String?
    /// The change record to be undone.
    package var restore: String?
    package var dryRun = false
    package var hardLinks: HardLinkWish?
    package var when: OwnOccasion?
    package var threads: Int?
    /// In milliseconds.
    package var deadline: Int?

    package init() {}
}

/// Which entries are changed: those of one user, and one group perhaps.
package struct OwnerFilter: Hashable, Sendable {
    package var user: UInt32
    package var group: UInt32?

    package init(user: UInt32, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }

    /// Reads `UID` or `UID:GID`.
    package init(parsing text: String) throws(Refusal) {
        let parts = fields(text)
        guard parts.count <= 2 else { throw Refusal("'\(text)': more than one ':'", hint: "UID or UID:GID") }
        user = try parseID(parts[0])
        group = parts.count == 2 ? try parseID(parts[1]) : nil
    }
}

/// `count` ids from `from` on become those from `to` on, users and groups alike.
package struct IDMove: Hashable, Sendable {
    package var from: UInt32
    package var to: UInt32
    package var count: UInt32

    package init(from: UInt32, to: UInt32, count: UInt32) {
        self.from = from
        self.to = to
        self.count = count
    }

    /// Reads `FROM:TO:COUNT`.
    package init(parsing text: String) throws(Refusal) {
        let parts = fields(text)
        guard parts.count == 3 else {
            throw Refusal("'\(text)': not FROM:TO:COUNT", hint: "three decimal numbers: 100000:200000:65536")
        }
        from = try parseID(parts[0])
        to = try parseID(parts[1])
        count = try parseID(parts[2])
        let end = UInt64(UInt32.max)
        guard count > 0, UInt64(from) + UInt64(count) <= end, UInt64(to) + UInt64(count) <= end else {
            throw Refusal("'\(text)': an empty range, or one that reaches 4294967295, which is no id")
        }
    }
}

/// What becomes of files with links outside.
package enum HardLinkWish: String, CaseIterable, Sendable { case refuse, change }

/// Whether a tree is walked whose root is right.
package enum OwnOccasion: String, CaseIterable, Sendable {
    case onRootMismatch = "on-root-mismatch"
    case always
}

/// Reads a time: a decimal number, and `ms`, `s` (default), `m` or `h`; in milliseconds.
package func parseDuration(_ text: String) throws(Refusal) -> Int {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factors = ["ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000]
    guard let factor = factors[String(text.dropFirst(digits.count))], digits.count <= 9, let number = Int(digits),
        number > 0
    else { throw Refusal("'\(text)': not a time", hint: "a number above 0, and ms, s, m or h: 90s, 10m") }
    return number * factor
}

private func fields(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { String(Substring($0)) }
}
