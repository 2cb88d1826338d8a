import Plan
import Seccomp

/// What surrounds the command, as `--dry-run` prints it and as the plan's status line has it.
extension SessionPlan {
    var lines: [String] {
        [
            "  user \(quoted(user.name)), home \(quoted(user.home)), shell \(quoted(user.shell))\(generated(user.isKnown))",
            "  group \(quoted(group.name))\(generated(group.isKnown))",
            "  environment: \(environment.text)",
            "  terminal: \(isNewSession ? "none, the command leads a session of its own" : "as it was")",
            "  seccomp: \(seccomp.text)",
        ]
    }

    private func generated(_ isKnown: Bool) -> String { isKnown ? "" : ", an entry made for this session" }

    var record: FactValue {
        .record([
            Fact("user", .text(user.name)), Fact("home", .text(user.home)), Fact("shell", .text(user.shell)),
            Fact("group", .text(group.name)), Fact("environment", environment.record),
            Fact("new_session", .flag(isNewSession)), Fact("seccomp", seccomp.record),
        ])
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
    fileprivate var text: String {
        let always = "namespaces, mounts, keyrings and typing into the terminal are refused"
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
