import Linux
import Plan

/// The plan as `--dry-run` prints it. Names are shown so that they cannot speak to the terminal.
extension RunPlan {
    var text: String {
        var lines = identity.lines
        lines += ["", "mounts"]
        lines += mounts.isEmpty ? ["  none"] : mounts.map { "  " + $0.line }
        if !mounts.isEmpty {
            let elsewhere = keepsSourcesVisible ? "stay visible, shared ones read-only" : "are covered"
            lines.append("  by every other path the sources \(elsewhere)")
        }
        lines += ["", "ownership", "  " + ownership.line(home: home, account: identity.account)]
        lines += ["", "capabilities"]
        lines += holdings.map { "  " + $0.line }
        lines += ["", "profile"] + profileLines
        lines += ["", "session", "  pid namespace: " + processNamespace.text] + session.lines(home: home?.target)
        lines += ["", "command", "  " + command.map(quoted).joined(separator: " ")]
        return lines.joined(separator: "\n")
    }
}

extension RunPlan {
    /// Each value that the profile has a say in, as its option takes it, and who said so.
    private var profileLines: [String] {
        let settings = profileSettings.map { setting in
            "  \(setting.key) \(printable(setting.value))\(setting.isAsked ? " (asked for)" : "")"
        }
        return ["  " + profile.text] + settings
    }

    var profileRecord: FactValue {
        .record([
            Fact("name", .text(profile.rawValue)),
            Fact(
                "settings",
                .list(
                    profileSettings.map {
                        .record([
                            Fact("key", .text($0.key)), Fact("value", .text($0.value)),
                            Fact("asked_for", .flag($0.isAsked)),
                        ])
                    })),
        ])
    }
}

extension Profile {
    fileprivate var text: String {
        switch self {
        case .trusted: "trusted: for an account that is trusted as an account"
        case .untrusted: "untrusted: one layer beneath a container or virtual machine, not instead of it"
        }
    }
}

/// In single quotes, control characters written out.
func quoted(_ text: String) -> String { "'" + printable(text) + "'" }

extension Identity {
    fileprivate var lines: [String] {
        let user = account.user.rawValue
        let group = account.group.rawValue
        let others = account.supplementaryGroups.map { "\($0.rawValue)" }.joined(separator: " ")
        return [
            "identity",
            "  started as \(starter.text)",
            "  account outside: \(printable(account.label)), uid \(user), gid \(group)",
            "  uid \(insideUser.rawValue) inside is uid \(user) outside; uid \(user) outside is uid \(insideUser.rawValue) inside",
            "  gid \(insideGroup.rawValue) inside is gid \(group) outside; gid \(group) outside is gid \(insideGroup.rawValue) inside",
            "  every other id outside is shown inside as the overflow id, 65534",
            "  further groups that stay in force: \(others.isEmpty ? "none" : others)",
        ]
    }
}

extension Starter {
    fileprivate var text: String {
        switch self {
        case .ordinaryAccount: "an ordinary account, which stays itself"
        case .capableAccount: "an account with cap_chown and cap_dac_override, which stays itself"
        case .root: "root, which gives itself up for the account"
        case .namespaceRoot: "root of a user namespace; ids outside are those of that namespace"
        }
    }
}

extension ProcessNamespaceMode {
    fileprivate var text: String {
        switch self {
        case .auto: "its own, where a /proc can be mounted for it"
        case .require: "its own"
        case .off: "that of berth"
        }
    }
}

extension MountPlan {
    /// As mount(8) would name them.
    var options: [String] { [kind == .home ? "rw" : "ro", "nosuid", "nodev"] }

    fileprivate var line: String {
        "\(kind.rawValue) \(quoted(source)) on \(quoted(target)), \(kind == .home ? "read-write" : "read-only")"
            + " (fuse: \(options.joined(separator: ",")))"
            + (locks == .remote ? ", locks at the source" : "")
    }
}

extension OwnershipPlan {
    fileprivate func line(home: MountPlan?, account: Account) -> String {
        guard let home else { return "off: there is no home" }
        let owner = "\(account.user.rawValue):\(account.group.rawValue)"
        let source = quoted(home.source)
        switch mode {
        case .off: return "off: nobody looks at the owners in \(source)"
        case .check: return "check: look through \(source), change nothing, start nothing if anything is not \(owner)'s"
        case .always: return "always: look through \(source) and give what is not \(owner)'s to it\(means)"
        case .onRootMismatch:
            return
                "on-root-mismatch: if \(source) itself is not \(owner)'s, look through it and give what is not to it\(means)"
        }
    }

    private var means: String {
        switch power {
        case .callersCapabilities: ", by the starter's capabilities"
        case .none: ", without any capability: what belongs to others is refused"
        case .subordinateRanges(let users, let groups):
            ", by the subordinate ranges \(users.text) (uid) and \(groups.text) (gid)"
        }
    }
}

extension SubordinateRange {
    fileprivate var text: String { "\(first)-\(UInt64(first) + UInt64(count) - 1)" }
}

extension Holding {
    fileprivate var line: String {
        let what =
            switch amount {
            case .exactly(let set): set.isEmpty ? "none" : set.names.joined(separator: " ") + ", nothing else"
            case .whateverIsGiven: scope == .outside ? "what it was started with" : "all"
            }
        let reach =
            switch scope {
            case .outside: ""
            case .session: amount == .exactly([]) ? "" : ", over the session's namespace only"
            case .helper: ", over a helper namespace of the subordinate ranges only"
            }
        return "\(process.rawValue) from stage '\(from.rawValue)': \(what)\(reach)"
    }
}
