import CRawCalls
import Glibc

/// Somebody in the table. None of them need be in passwd(5): the kernel knows numbers only.
struct Account: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t
    var groups: [gid_t] = []

    /// Owns most of what the checks are about.
    static let alice = Account(name: "alice", user: 61001, group: 61001, groups: [61101])
    /// In the group by a supplementary group.
    static let bob = Account(name: "bob", user: 61002, group: 61002, groups: [team])
    /// Neither the owner nor in the group.
    static let carol = Account(name: "carol", user: 61003, group: 61003)
    /// In the group by the last of 40 supplementary groups: more than fit into a FUSE request, or a small buffer.
    static let dave = Account(name: "dave", user: 61004, group: 61004, groups: Array(61200..<61239) + [team])
    /// In the group by the last of 300.
    static let erin = Account(name: "erin", user: 61005, group: 61005, groups: Array(61200..<61499) + [team])
    /// In the group by the primary one.
    static let gina = Account(name: "gina", user: 61006, group: team)
    static let root = Account(name: "root", user: 0, group: 0)

    /// All but root, each of whom the rights are asked for.
    static let everybody = [alice, bob, carol, dave, erin, gina]

    /// Runs the block as this account, with its groups, in a process of its own. What it throws is thrown here.
    func does(_ body: () throws -> Void) throws {
        do {
            try inChild {
                try self.become(); try body()
            }
        } catch let failure as Failure {
            throw Failure("\(name) \(failure)")
        }
    }

    /// Makes this process the account's, for good.
    func become() throws {
        try must("setgroups", setgroups(groups.count, groups))
        try must("setresgid", setresgid(group, group, group))
        try must("setresuid", setresuid(user, user, user))
    }

    /// Which three bits of a mode count for this account.
    func bits(of mode: mode_t, owner: Account, group: gid_t) -> mode_t {
        if user == owner.user { return mode >> 6 & 7 }
        if self.group == group || groups.contains(group) { return mode >> 3 & 7 }
        return mode & 7
    }
}

/// The group that alice's files are shared with. The highest, since the kernel sorts them.
let team: gid_t = 69000
/// A group that nobody is in.
let foreign: gid_t = 69999

extension Scratch {
    /// A file made by root and given away.
    func owned(_ name: String, by owner: Account = .alice, group: gid_t? = nil, mode: mode_t, _ text: String = "hello")
        throws
    {
        try file(name, text)
        try give(name, to: owner, group: group, mode: mode)
    }

    /// A directory made by root and given away.
    func ownedDirectory(_ name: String, by owner: Account = .alice, group: gid_t? = nil, mode: mode_t) throws {
        try directory(name)
        try give(name, to: owner, group: group, mode: mode)
    }

    private func give(_ name: String, to owner: Account, group: gid_t?, mode: mode_t) throws {
        // The owner first: chown(2) clears the set-id bits.
        try must("chown", chown(self(name), owner.user, group ?? owner.group))
        try must("chmod", chmod(self(name), mode))
    }

    func expectOwner(_ name: String, _ owner: Account, _ group: gid_t? = nil) throws {
        let status = try status(name)
        try expectEqual("uid of \(name)", status.st_uid, owner.user)
        try expectEqual("gid of \(name)", status.st_gid, group ?? owner.group)
    }

    func mode(_ name: String) throws -> mode_t { try status(name).st_mode & 0o7777 }
}

/// setfsuid(2) and setfsgid(2), which Swift's Glibc has not: the account for files alone, as NFS servers take it on.
func actForFiles(asUser user: uid_t? = nil, group: gid_t? = nil) {
    if let group { raw_call(Int(SYS_setfsgid), Int(group), 0, 0, 0, 0, 0) }
    if let user { raw_call(Int(SYS_setfsuid), Int(user), 0, 0, 0, 0, 0) }
}

/// A call that must work or fail as the rights have it.
func expectAllowed<Number: SignedInteger>(_ call: String, _ allowed: Bool, _ answer: Number) throws {
    if allowed {
        let answer = try must(call, answer)
        if call.hasPrefix("open") { close(Int32(answer)) }
    } else {
        try refused(call, with: EACCES, by: answer)
    }
}
