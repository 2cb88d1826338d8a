import Foundation
import Glibc
import Testing

/// An unprivileged account of this machine.
struct TestAccount: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t
    let home: String

    /// Where the suite is run by root, made with useradd(8) if it is missing; otherwise whoever runs it.
    static let first = Machine.isRoot ? made("berthtest1") : current
    /// Another account. Only for root.
    static let second = made("berthtest2")
    /// A group that only the first account is in, beside its own. Only for root.
    static let sharedGroup: gid_t = {
        let name = "berthtestgroup"
        if getgrnam(name) == nil { try! Command("groupadd", name).mustRun() }
        try! Command("usermod", "--append", "--groups", name, first.name).mustRun()
        return getgrnam(name)!.pointee.gr_gid
    }()

    /// The first id and the count of the account's range in /etc/subuid; nil without one.
    var subordinateUsers: (first: uid_t, count: uid_t)? {
        for line in contents(of: "/etc/subuid").split(separator: "\n") {
            let fields = line.split(separator: ":").map(String.init)
            if fields.count == 3, fields[0] == name || fields[0] == "\(user)", let first = uid_t(fields[1]),
                let count = uid_t(fields[2])
            {
                return (first, count)
            }
        }
        return nil
    }

    private static func made(_ name: String) -> TestAccount {
        if getpwnam(name) == nil { try! Command("useradd", "--create-home", name).mustRun() }
        return TestAccount(getpwnam(name)!.pointee)
    }

    private static var current: TestAccount { TestAccount(getpwuid(getuid())!.pointee) }

    private init(_ entry: passwd) {
        name = String(cString: entry.pw_name)
        user = entry.pw_uid
        group = entry.pw_gid
        home = String(cString: entry.pw_dir)
    }
}

/// As whom berth is started: the rows of the identity table, and how each comes about on this machine.
enum Starter: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case ordinaryAccount = "an ordinary account"
    case capableAccount = "an account with ambient CHOWN and DAC_OVERRIDE"
    case rootNamingAccount = "root with --account NAME"
    case rootNumberingAccount = "root with --account UID:GID"
    case namespaceRoot = "root of a user namespace of one id"
    case namespaceRootWithRange = "root of a user namespace with ranges"

    var testDescription: String { rawValue }

    /// Those that may give a file of any owner to the account.
    static let powerful: [Starter] = [.capableAccount, .rootNamingAccount, .rootNumberingAccount]

    /// What is put before berth.
    var prefix: [String] {
        let become = asAccount(.first)
        switch self {
        case .ordinaryAccount: return become
        case .capableAccount:
            let sets = "+chown,+dac_override"
            return become.dropLast() + ["--inh-caps=\(sets)", "--ambient-caps=\(sets)", "--"]
        case .rootNamingAccount, .rootNumberingAccount: return []
        case .namespaceRoot: return become + ["unshare", "--user", "--map-root-user", "--"]
        case .namespaceRootWithRange: return become + ["unshare", "--user", "--map-root-user", "--map-auto", "--"]
        }
    }

    var options: [String] {
        let account = TestAccount.first
        switch self {
        case .rootNamingAccount: return ["--account", account.name]
        case .rootNumberingAccount: return ["--account", "\(account.user):\(account.group)"]
        default: return []
        }
    }

    /// Says why where this row cannot be had here.
    func needed() throws {
        switch self {
        case .ordinaryAccount, .namespaceRoot: break
        case .capableAccount, .rootNamingAccount, .rootNumberingAccount: try needRoot()
        case .namespaceRootWithRange:
            try needTools("newuidmap", "newgidmap")
            try need(TestAccount.first.subordinateUsers != nil, "/etc/subuid has no range for the account")
        }
    }
}

/// The words that make a program another account's; empty where the tests are run by that account.
func asAccount(_ account: TestAccount) -> [String] {
    guard Machine.isRoot else { return [] }
    return ["setpriv", "--reuid=\(account.user)", "--regid=\(account.group)", "--init-groups", "--"]
}
