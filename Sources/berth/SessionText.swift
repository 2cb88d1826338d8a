import Plan
import Seccomp

/// What surrounds the command, as `--dry-run` prints it and as the plan's status line has it.
extension SessionPlan {
    /// `home` is the target of the home's mount.
    func lines(home: String?) -> [String] {
        [
            "  user \(quoted(user.name)), HOME \(quoted(home ?? user.home)), shell \(quoted(user.shell))\(generated(user.isKnown))",
            "  group \(quoted(group.name))\(generated(group.isKnown))",
            "  environment: \(environment.text)",
            "  working directory: \(workingDirectory.map(quoted) ?? "where berth was started, if the session has it; or the home")",
            "  limits: \(limits.isEmpty ? "none" : limits.map(\.text).joined(separator: ", "))",
            "  terminal: \(isNewSession ? "none, the command leads a session of its own" : "as it was")",
            "  network: \(network.text)",
            "  descriptors: \(([0, 1, 2] + preservedDescriptors).map { "\($0)" }.joined(separator: ", "))",
            "  seccomp: \(seccomp.text(allowsNamespaces))",
            "  user namespaces: \(allowsNamespaces ? "allowed, and mounts in them" : "refused")",
        ] + labels.lines
    }

    private func generated(_ isKnown: Bool) -> String { isKnown ? "" : ", an entry made for this session" }

    func record(home: String?) -> FactValue {
        .record(
            [
                Fact("user", .text(user.name)), Fact("home", .text(home ?? user.home)),
                Fact("shell", .text(user.shell)),
                Fact("group", .text(group.name)), Fact("environment", environment.record),
                Fact("limits", .list(limits.map(\.record))), Fact("new_session", .flag(isNewSession)),
                Fact("working_directory", workingDirectory.map { .text($0) } ?? .flag(false)),
                Fact("network", .text(network.rawValue)),
                Fact("preserved_descriptors", .list(preservedDescriptors.map { .number(Int64($0)) })),
                Fact("seccomp", seccomp.record),
                Fact("user_namespaces", .flag(allowsNamespaces)),
            ] + labels.facts)
    }
}

extension NetworkMode {
    fileprivate var text: String {
        switch self {
        case .host: "that of berth"
        case .none: "none but a loopback interface of its own"
        }
    }
}

/// Names only: a value may be a credential.
extension EnvironmentPlan {
    fileprivate var text: String {
        let names = changes.map { quoted($0.name) }.joined(separator: ", ")
        let parts =
            [isCleared ? "cleared" : "passed on"] + files.map { "the variables of \(quoted($0))" }
            + (names.isEmpty ? [] : [names])
        return parts.joined(separator: ", then ")
    }

    fileprivate var record: FactValue {
        .record([
            Fact("cleared", .flag(isCleared)), Fact("files", .list(files.map { .text($0) })),
            Fact("names", .list(changes.map { .text($0.name) })),
        ])
    }
}

extension SeccompPlan {
    fileprivate func text(_ allowsNamespaces: Bool) -> String {
        let always =
            "\(allowsNamespaces ? "" : "namespaces, mounts, ")keyrings and typing into the terminal are refused"
        switch self {
        case .standard: return "the default profile; \(always)"
        case .off: return "no profile; \(always)"
        case .file(let path, let profile): return "\(profile.rules.count) rules of \(quoted(path)); \(always)"
        }
    }

    fileprivate var record: FactValue {
        switch self {
        case .standard: .record([Fact("profile", .text("default"))])
        case .off: .record([Fact("profile", .text("off"))])
        case .file(let path, let profile):
            .record([
                Fact("profile", .text("file")), Fact("path", .text(path)),
                Fact("rules", .number(Int64(profile.rules.count))),
            ])
        }
    }
}

extension Limit {
    fileprivate var text: String {
        "\(kind.rawValue) \(controlGroupText)\(isFirm ? "" : " or less") (\(kind.controlGroupFile == nil ? "each process" : "cgroup"))"
    }

    fileprivate var record: FactValue {
        .record([Fact("name", .text(kind.rawValue)), Fact("value", .text(controlGroupText))])
    }
}

extension SecurityLabels {
    private var named: [(String, String, String)] {
        [("apparmor", "AppArmor profile", appArmor), ("selinux", "SELinux context", seLinux)]
            .compactMap { key, name, label in label.map { (key, name, $0) } }
    }

    fileprivate var lines: [String] { named.map { "  \($1): \(quoted($2))" } }
    fileprivate var facts: [Fact] { named.map { Fact($0.0, .text($0.2)) } }
}
