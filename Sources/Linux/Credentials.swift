import CLinux
import Glibc

/// The identity of the calling process, credentials(7).
package enum Credentials {
    package static var realUser: UInt32 { getuid() }
    package static var effectiveUser: UInt32 { geteuid() }
    package static var realGroup: UInt32 { getgid() }
    package static var effectiveGroup: UInt32 { getegid() }

    /// getgroups(2).
    package static func supplementaryGroups() throws(SystemError) -> [UInt32] {
        let count = try attempt("getgroups") { getgroups(0, nil) }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let length = try attempt("getgroups") { getgroups(count, &groups) }
        return Array(groups[..<Int(length)])
    }

    /// setgroups(2); needs CAP_SETGID.
    package static func setSupplementaryGroups(_ groups: [UInt32]) throws(SystemError) {
        try attempt("setgroups") { setgroups(groups.count, groups) }
    }

    /// setresgid(2), all three.
    package static func setGroup(_ group: UInt32) throws(SystemError) {
        try attempt("setresgid", on: "\(group)") { setresgid(group, group, group) }
    }

    /// setresuid(2), all three. From 0 to another id this also empties the capability sets, capabilities(7).
    package static func setUser(_ user: UInt32) throws(SystemError) {
        try attempt("setresuid", on: "\(user)") { setresuid(user, user, user) }
    }
}
