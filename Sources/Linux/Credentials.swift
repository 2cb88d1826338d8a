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

    /// setfsuid(2), of the calling thread alone: whom the files belong to that it makes.
    package static func setFileSystemUser(_ user: UInt32) throws(Errno) {
        setfsuid(user)
        // It answers what was before, and says nothing of success.
        guard setfsuid(UInt32.max) == Int32(bitPattern: user) else { throw Errno(EPERM) }
    }

    /// setfsgid(2), likewise.
    package static func setFileSystemGroup(_ group: UInt32) throws(Errno) {
        setfsgid(group)
        guard setfsgid(UInt32.max) == Int32(bitPattern: group) else { throw Errno(EPERM) }
    }
}
