import Seccomp

/// Which filter stands behind the one that every session has, which refuses namespaces and mounts.
package enum SeccompPlan: Hashable, Sendable {
    case standard
    case off
    /// As a file of the OCI runtime's form has it for this machine, and for a session without capabilities.
    case file(path: String, FilterProfile)

    /// Empty where there is only the filter that every session has.
    package func profiles(allowingNamespaces: Bool) -> [FilterProfile] {
        switch self {
        case .standard: FilterProfile.ofSession(allowingNamespaces: allowingNamespaces)
        case .off: []
        case .file(_, let profile): [profile]
        }
    }
}

/// What `--seccomp` asks for.
package enum SeccompWish: Hashable, Sendable {
    case standard
    case off
    case file(String)

    /// Reads `default`, `off`, or the path of a file; `./off` is the file of that name.
    package init(parsing text: String) throws(Refusal) {
        switch text {
        case "": throw Refusal("'': empty path", hint: "give default, off, or the path of a profile")
        case "default": self = .standard
        case "off": self = .off
        default: self = .file(text)
        }
    }
}

extension SeccompPlan {
    init(resolving wish: SeccompWish, in surroundings: Surroundings) throws(Refusal) {
        switch wish {
        case .standard: self = .standard
        case .off: self = .off
        case .file(let path): self = .file(path: path, try surroundings.readProfile(path))
        }
    }
}
