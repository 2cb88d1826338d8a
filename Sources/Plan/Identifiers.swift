/// Reads an id as the command line and files give it: unsigned decimal digits and nothing else.
///
/// Neither sign nor space, no other base, no leading zero, and never 4294967295, which the kernel takes for "no id".
package func parseID(_ text: String) throws(Refusal) -> UInt32 {
    let digits = Array(text.utf8)
    let isDecimal = !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let hasLeadingZero = digits.count > 1 && digits[0] == UInt8(ascii: "0")
    guard isDecimal, !hasLeadingZero, let id = UInt32(text), id != UInt32.max else {
        throw Refusal("'\(text)': not an id", hint: "an id is a decimal number from 0 to 4294967294")
    }
    return id
}

/// Whom `--account` names.
package struct AccountWish: Hashable, Sendable {
    package enum Who: Hashable, Sendable {
        case name(String)
        case user(UserID<Outside>)
    }

    package var who: Who
    /// In place of the primary group.
    package var group: GroupID<Outside>?

    package init(_ who: Who, group: GroupID<Outside>? = nil) {
        self.who = who
        self.group = group
    }

    /// The name or the number that was asked for.
    var label: String {
        switch who {
        case .name(let name): name
        case .user(let id): "\(id.rawValue)"
        }
    }

    /// As it was given.
    var words: String { label + (group.map { ":\($0.rawValue)" } ?? "") }

    /// Reads `NAME`, `NAME:GID`, `UID` or `UID:GID`. What consists of digits is an id, never a name.
    package init(parsing text: String) throws(Refusal) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count <= 2 else { throw Refusal("'\(text)': more than one ':'", hint: AccountWish.form) }
        let who = String(parts[0])
        if who.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), !who.isEmpty {
            self.who = .user(UserID(try parseID(who)))
        } else {
            guard AccountWish.canBeName(who) else {
                throw Refusal("'\(text)': neither an account's name nor an id", hint: AccountWish.form)
            }
            self.who = .name(who)
        }
        group = parts.count == 2 ? GroupID(try parseID(String(parts[1]))) : nil
    }

    private static let form = "an account is NAME, NAME:GID, UID or UID:GID"

    /// What no system allows in a name: a sign at the start, spaces, control characters, slashes.
    private static func canBeName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
    }
}
