import Seccomp

/// The filters of a session that depend on nothing but the machine. libseccomp puts them together when berth is built, which
/// takes it longer than all the rest of a session's start: what remains is to load them.
package enum SessionFilters {
    /// The filter of every session, `SessionFilter`.
    package static func refusal(allowingNamespaces: Bool) -> FilterProgram {
        allowingNamespaces ? Programs.refusalButNamespaces : Programs.refusal
    }

    /// Those of the default profile, `FilterProfile.ofSession`.
    package static func standard(allowingNamespaces: Bool) -> [FilterProgram] {
        allowingNamespaces ? Programs.standardWithNamespaces : Programs.standard
    }

    /// Those of the file servers of `berth run`.
    package static var servers: [ServerProgram] { Programs.servers }
}
