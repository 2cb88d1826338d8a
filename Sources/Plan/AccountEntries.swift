/// A line that passwd(5) or group(5) lacks for an id of the session.
package struct AccountEntry: Hashable, Sendable {
    /// The file's name in /etc.
    package var file: String
    package var name: String
    package var line: String
}

extension RunPlan {
    /// What the session is to be told about its own ids, because the image does not know them.
    package var missingEntries: [AccountEntry] {
        let user = session.user
        let group = session.group
        let ids = "\(identity.insideUser.rawValue):\(identity.insideGroup.rawValue)"
        var entries: [AccountEntry] = []
        if !user.isKnown {
            let line = "\(user.name):x:\(ids)::\(field(user.home, or: "/")):\(field(user.shell, or: "/bin/sh"))"
            entries.append(AccountEntry(file: "passwd", name: user.name, line: line))
        }
        if !group.isKnown {
            let line = "\(group.name):x:\(identity.insideGroup.rawValue):"
            entries.append(AccountEntry(file: "group", name: group.name, line: line))
        }
        return entries
    }

    /// A colon or a line's end would make further fields or entries of a path.
    private func field(_ text: String, or substitute: String) -> String {
        text.utf8.contains { $0 == UInt8(ascii: ":") || $0 < 0x20 } ? substitute : text
    }
}
