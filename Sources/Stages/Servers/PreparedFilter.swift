import Linux
import Seccomp
import SessionFilters

extension ServerFilter {
    /// Installs the filter in the calling process, which must have one thread: as it was put together, or, for a server of
    /// another kind, by libseccomp now.
    func installPrepared() throws(SystemError) {
        guard let prepared = SessionFilters.servers.first(where: { $0.filter == self }) else { return try install() }
        try prepared.program(for: .current).load()
    }
}
