import Glibc
import Linux
import Plan

extension Surroundings {
    /// Asks the kernel and the system's files, once, before anything happens.
    static func gathered() throws(SystemError) -> Surroundings {
        Surroundings(
            ids: try .current(), capabilities: try .current(),
            userMap: try readMap("/proc/self/uid_map"), groupMap: try readMap("/proc/self/gid_map"),
            accounts: .system,
            subordinateUsers: try SubordinateLine.read("/etc/subuid"),
            subordinateGroups: try SubordinateLine.read("/etc/subgid"),
            hasMapWriters: MapWriter.areInstalled(), workingDirectory: try workingDirectoryPath(),
            readProfile: { path throws(Refusal) in try SeccompFile.profile(ofFile: path) })
    }
}

private func readMap(_ path: String) throws(SystemError) -> IdentityMap {
    guard let map = IdentityMap(parsing: try readText(path)) else { throw SystemError("read", on: path, Errno(EINVAL)) }
    return map
}

extension StarterIDs {
    /// Those of this process.
    static func current() throws(SystemError) -> StarterIDs {
        StarterIDs(
            realUser: Credentials.realUser, effectiveUser: Credentials.effectiveUser,
            realGroup: Credentials.realGroup, effectiveGroup: Credentials.effectiveGroup,
            supplementaryGroups: try Credentials.supplementaryGroups())
    }
}
