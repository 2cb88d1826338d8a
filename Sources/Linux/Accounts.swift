import Glibc

/// What passwd(5), or whatever nsswitch.conf(5) puts in its place, knows of an account.
package struct PasswdEntry: Hashable, Sendable {
    package var name: String
    package var user: UInt32
    /// The primary group.
    package var group: UInt32
    /// As it stands there; may be empty or relative.
    package var homeDirectory: String

    package init(name: String, user: UInt32, group: UInt32, homeDirectory: String) {
        self.name = name
        self.user = user
        self.group = group
        self.homeDirectory = homeDirectory
    }
}

extension PasswdEntry {
    /// getpwnam_r(3); nil where nobody has the name.
    package static func named(_ name: String) throws(SystemError) -> PasswdEntry? {
        try find("getpwnam_r", name) { getpwnam_r(name, $0, $1.baseAddress!, $1.count, $2) }
    }

    /// getpwuid_r(3); nil where nobody has the id.
    package static func of(user: UInt32) throws(SystemError) -> PasswdEntry? {
        try find("getpwuid_r", "\(user)") { getpwuid_r(user, $0, $1.baseAddress!, $1.count, $2) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutableBufferPointer<CChar>,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    /// Asks with more and more room while the answer is ERANGE, up to 1 MiB.
    private static func find(
        _ call: String, _ subject: String, _ lookup: Lookup
    ) throws(SystemError) -> PasswdEntry? {
        var size = 4096
        while true {
            let room = UnsafeMutableBufferPointer<CChar>.allocate(capacity: size)
            defer { room.deallocate() }
            var record = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let number = lookup(&record, room, &found)
            switch number {
            case 0: return found.map { PasswdEntry($0.pointee) }
            // The manual page lists these as further ways to say that there is no such entry.
            case ENOENT, ESRCH: return nil
            case EINTR: continue
            case ERANGE where size < 1 << 20: size *= 4
            default: throw SystemError(call, on: subject, Errno(number))
            }
        }
    }

    private init(_ record: passwd) {
        name = String(cString: record.pw_name)
        user = record.pw_uid
        group = record.pw_gid
        homeDirectory = record.pw_dir.map { String(cString: $0) } ?? ""
    }
}

/// getgrouplist(3): every group that `name` is a member of, and `group`; ascending.
package func groups(ofAccount name: String, and group: UInt32) throws(SystemError) -> [UInt32] {
    var count: Int32 = 64
    // The kernel takes at most NGROUPS_MAX groups, so there is no use in a longer list.
    while count <= 65536 {
        var list = [gid_t](repeating: 0, count: Int(count))
        var found = count
        if getgrouplist(name, group, &list, &found) >= 0 { return Set(list.prefix(Int(found))).sorted() }
        count = max(found, count * 2)
    }
    throw SystemError("getgrouplist", on: name, Errno(E2BIG))
}
