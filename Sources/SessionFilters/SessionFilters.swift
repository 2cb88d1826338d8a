import Linux
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

extension ServerFilter {
    /// Installs the filter in the calling process, which must have one thread: as it was put together, or, for a server of
    /// another kind, by libseccomp now.
    package func installPrepared() throws(SystemError) {
        guard let prepared = SessionFilters.servers.first(where: { $0.filter == self }) else { return try install() }
        try prepared.program(for: .current).load()
    }
}
