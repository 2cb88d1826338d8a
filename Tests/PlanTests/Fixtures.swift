import Linux

@testable import Plan

/// Surroundings as a test wants them: a passwd of five accounts, and nobody special.
func surroundings(
    user: UInt32 = 1001, group: UInt32 = 1001, groups: [UInt32] = [], effective: CapabilitySet = [],
    userMap: String = "0 0 4294967295", groupMap: String? = nil
) -> Surroundings {
    var capabilities = CapabilityState()
    capabilities.effective = effective
    return Surroundings(
        ids: StarterIDs(
            realUser: user, effectiveUser: user, realGroup: group, effectiveGroup: group, supplementaryGroups: groups),
        capabilities: capabilities, userMap: IdentityMap(parsing: userMap)!,
        groupMap: IdentityMap(parsing: groupMap ?? userMap)!, accounts: .known,
        subordinateUsers: [], subordinateGroups: [], hasMapWriters: false, workingDirectory: "/work",
        readProfile: { path throws(Refusal) in throw Refusal("no profile '\(path)'") })
}

let rootCapabilities = CapabilitySet.all

func root(_ change: (inout Surroundings) -> Void = { _ in }) -> Surroundings {
    var root = surroundings(user: 0, group: 0, effective: rootCapabilities)
    change(&root)
    return root
}

extension AccountDatabase {
    static let entries = [
        PasswdEntry(name: "root", user: 0, group: 0, homeDirectory: "/root"),
        PasswdEntry(name: "alice", user: 1001, group: 1001, homeDirectory: "/home/alice"),
        PasswdEntry(name: "bob", user: 1002, group: 100, homeDirectory: "/home/bob"),
        PasswdEntry(name: "wheel", user: 1003, group: 0, homeDirectory: "/home/wheel"),
        PasswdEntry(name: "toor", user: 0, group: 5, homeDirectory: "/"),
        PasswdEntry(name: "homeless", user: 1004, group: 1004, homeDirectory: ""),
    ]

    static let groups: [UInt32: String] = [0: "root", 1001: "alice", 7: "group8"]

    static var known: AccountDatabase {
        AccountDatabase(
            named: { name throws(SystemError) in
                if name == "unreachable" { throw SystemError("getpwnam_r", on: name, Errno(5)) }
                return entries.first { $0.name == name }
            },
            ofUser: { user throws(SystemError) in entries.first { $0.user == user } },
            groups: { name, group throws(SystemError) in name == "alice" ? [27, 44, group] : [group] },
            shell: { user throws(SystemError) in user == 1001 ? "/bin/zsh" : user == 0 ? "" : nil },
            groupName: { group throws(SystemError) in groups[group] },
            hasGroup: { name throws(SystemError) in groups.values.contains(name) })
    }
}

/// A request in the words of the command line.
func request(
    home: String? = nil, shared: [String] = [], account: String? = nil, ownership: OwnershipMode? = nil,
    command: [String] = ["true"]
) throws -> Request {
    var request = Request()
    request.home = try home.map(DirectoryPair.init(parsing:))
    request.shared = try shared.map(DirectoryPair.init(parsing:))
    request.account = try account.map(AccountWish.init(parsing:))
    request.ownership = ownership
    request.command = command
    return request
}

/// The words with which something is refused; nil where it is not.
func refusal(_ body: () throws -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch { return "\(error)" }
}
