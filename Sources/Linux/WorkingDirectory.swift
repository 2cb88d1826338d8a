import Glibc

/// getcwd(3); nil where the directory is gone or lies outside this process's root.
package func workingDirectoryPath() throws(SystemError) -> String? {
    var room = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&room, room.count) != nil else {
        let reason = Errno.current
        if reason.rawValue == ENOENT { return nil }
        throw SystemError("getcwd", reason)
    }
    let path = String(decoding: room.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    // Linux writes "(unreachable)/…" for a directory that no path leads to.
    return path.utf8.first == UInt8(ascii: "/") ? path : nil
}
