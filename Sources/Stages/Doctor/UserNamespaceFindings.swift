import Linux
import Plan

/// What is known about user namespaces: the settings, and how the attempt to make one went.
struct UserNamespaceFacts: Sendable {
    var settings: NamespaceSettings
    /// The map of the namespace that berth was started in.
    var map: IdentityMap
    var trial: Trial
    var identity: Identity

    var findings: [DoctorFinding] {
        let account = identity.account
        let made =
            "a user namespace can be made, in which \(account.user.rawValue):\(account.group.rawValue) "
            + "is \(identity.insideUser.rawValue):\(identity.insideGroup.rawValue)"
        let become = "berth can become \(account.user.rawValue):\(account.group.rawValue)"
        var list = [
            DoctorFinding.attempt("account", trial[.account], become),
            DoctorFinding.attempt("userns", trial[.userNamespace], "unshare of a user namespace works", facts: facts),
            DoctorFinding.attempt("userns-map", trial[.map], made),
        ].compactMap { $0 }
        if map != .initial {
            list.append(
                .note(
                    "userns-nested",
                    "berth is started in a user namespace: ids outside are those of that namespace",
                    facts: [Fact("uid_map", .text(map.text))]))
        }
        return list
    }

    private var facts: [Fact] {
        let known: [(String, Int?)] = [
            ("max_user_namespaces", settings.userNamespaceLimit),
            ("unprivileged_userns_clone", settings.debianSwitch),
            ("apparmor_restrict_unprivileged_userns", settings.appArmorRestriction),
        ]
        return known.compactMap { name, value in value.map { Fact(name, .number(Int64($0))) } }
    }
}

extension IdentityMap {
    /// A line for each range, parted by commas.
    var text: String { lines.map { "\($0.inside) \($0.outside) \($0.count)" }.joined(separator: ", ") }
}
