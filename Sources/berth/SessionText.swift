import Plan
import Seccomp

/// What surrounds the command, as `--dry-run` prints it and as the plan's status line has it.
extension SessionPlan {
    var lines: [String] { ["  seccomp: \(seccomp.text)"] }

    var record: FactValue { .record([Fact("seccomp", seccomp.record)]) }
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
