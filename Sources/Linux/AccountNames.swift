import Glibc

// getpwuid(3) and its kin answer from memory of their own: call them while there is one thread.

/// The login shell of passwd(5), empty where the field is; nil where nobody has the id.
package func loginShell(ofUser user: UInt32) throws(SystemError) -> String? {
    let entry = try lookUp("getpwuid", "\(user)") { getpwuid(user) }
    return entry.map { $0.pointee.pw_shell.map { String(cString: $0) } ?? "" }
}

/// The name that group(5) has for a group; nil where there is none.
package func groupName(ofGroup group: UInt32) throws(SystemError) -> String? {
    let entry = try lookUp("getgrgid", "\(group)") { getgrgid(group) }
    return entry.map { String(cString: $0.pointee.gr_name) }
}

/// Whether group(5) has a group of that name.
package func hasGroup(named name: String) throws(SystemError) -> Bool {
    try lookUp("getgrnam", name) { getgrnam(name) } != nil
}

/// The manual page lists these numbers as ways to say that there is no such entry.
private func lookUp<Entry>(
    _ call: String, _ subject: String, _ body: () -> UnsafeMutablePointer<Entry>?
) throws(SystemError) -> UnsafeMutablePointer<Entry>? {
    while true {
        errno = 0
        if let found = body() { return found }
        switch errno {
        case 0, ENOENT, ESRCH, EBADF, EPERM: return nil
        case EINTR: continue
        case let number: throw SystemError(call, on: subject, Errno(number))
        }
    }
}
