import Glibc
import Linux
import Plan

/// What is known about the ids that are lent to the account, subuid(5), and the programs that map them.
struct SubordinateFacts: Sendable {
    /// One of the two programs, newuidmap(1) and newgidmap(1).
    struct Program: Hashable, Sendable {
        var path: String
        var isThere: Bool
        /// Setuid root, or with file capabilities, on a mount that lets them count.
        var hasPower: Bool

        static func at(_ path: String) throws(SystemError) -> Program {
            do throws(SystemError) {
                let file = try FileReference.workingDirectory.open(path, .pathOnly)
                let status = try file.status()
                let isSetUserID = status.st_mode & S_ISUID != 0 && status.st_uid == 0
                let given = try FileCapabilities.of(path)?.permitted ?? []
                return Program(
                    path: path, isThere: access(path, X_OK) == 0,
                    hasPower: (isSetUserID || !given.isEmpty) && !hasNoSetUserID(file))
            } catch {
                if [ENOENT, EACCES, ENOTDIR].contains(error.reason.rawValue) {
                    return Program(path: path, isThere: false, hasPower: false)
                }
                throw error
            }
        }

        private static func hasNoSetUserID(_ file: borrowing Descriptor) -> Bool {
            do { return try file.mountOptions().contains(.noSetUserID) } catch { return false }
        }
    }

    var programs: [Program]
    /// The account's lines of /etc/subuid and /etc/subgid.
    var users: [SubordinateLine]
    var groups: [SubordinateLine]
    var noNewPrivileges: Bool

    static func gathered(_ account: Account, _ surroundings: Surroundings) throws(SystemError) -> SubordinateFacts {
        let names = [account.name, "\(account.user.rawValue)"].compactMap { $0 }
        return SubordinateFacts(
            programs: [try .at(MapWriter.users), try .at(MapWriter.groups)],
            users: surroundings.subordinateUsers.filter { names.contains($0.owner) },
            groups: surroundings.subordinateGroups.filter { names.contains($0.owner) },
            noNewPrivileges: surroundings.capabilities.noNewPrivileges)
    }

    var findings: [DoctorFinding] {
        guard let first = users.first, let group = groups.first else {
            return [.note(Gate.noSubordinateIDs, "no ids are lent to the account", facts: facts)]
        }
        if programs.contains(where: { !$0.isThere }) {
            return [.note(Gate.noMapWriters, "newuidmap and newgidmap are not installed", facts: facts)]
        }
        if noNewPrivileges || programs.contains(where: { !$0.hasPower }) {
            let why = noNewPrivileges ? "no_new_privs is set" : "they have neither the setuid bit nor file capabilities"
            return [.note(Gate.powerlessMapWriters, "newuidmap and newgidmap have no power: \(why)", facts: facts)]
        }
        let sentence = "files of the uids \(first.text) and the gids \(group.text) can be given to the account"
        return [.ok("subid", sentence, facts: facts)]
    }

    private var facts: [Fact] {
        [
            Fact("users", .list(users.map { .text($0.text) })), Fact("groups", .list(groups.map { .text($0.text) })),
            Fact("programs", .list(programs.filter(\.isThere).map { .text($0.path) })),
        ]
    }
}

extension SubordinateLine {
    fileprivate var text: String { "\(first)-\(UInt64(first) + UInt64(max(count, 1)) - 1)" }
}
