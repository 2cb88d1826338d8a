import Fuse
import Glibc
import Linux

/// Requests about extended attributes, xattr(7): what the source's rules and the account's rights allow.
extension PassthroughFileSystem {
    func attribute(_ node: NodeNumber, _ name: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        if isCapability(name), wasFresh(node) { throw Errno(ENODATA) }
        let count = try withFilePath(node) { (path) throws(Errno) in
            try FollowedPath.attribute(path, name, into: room)
        }
        if mapsAccessList(name) {
            showAccessList(UnsafeMutableRawBufferPointer(rebasing: room[..<min(count, room.count)]))
        }
        return count
    }

    func attributeNames(_ node: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFilePath(node) { (path) throws(Errno) in try FollowedPath.attributes(path, into: room) }
    }

    func setAttribute(
        _ node: NodeNumber, _ name: CName, _ value: UnsafeRawBufferPointer, flags: Int32
    ) throws(Errno) {
        if isCapability(name) { _ = wasFresh(node) }
        guard mapsAccessList(name) else { return try store(node, name, value, flags: flags) }
        try withUnsafeTemporaryAllocation(byteCount: value.count, alignment: 4) { (list) throws(Errno) -> Void in
            list.copyMemory(from: value)
            try storeAccessList(list)
            try store(node, name, UnsafeRawBufferPointer(list), flags: flags)
        }
    }

    private func store(
        _ node: NodeNumber, _ name: CName, _ value: UnsafeRawBufferPointer, flags: Int32
    ) throws(Errno) {
        try withFilePath(node) { (path) throws(Errno) in
            try changingData { () throws(Errno) in try FollowedPath.setAttribute(path, name, value, flags: flags) }
        }
    }

    func removeAttribute(_ node: NodeNumber, _ name: CName) throws(Errno) {
        try withFilePath(node) { (path) throws(Errno) in try FollowedPath.removeAttribute(path, name) }
    }

    private func isCapability(_ name: CName) -> Bool { strcmp(name, "security.capability") == 0 }

    /// The kernel asks for the capabilities of every new file before it is written first, once. A file that was just made
    /// here, and is open, has none: no directory hands any down. Whoever gives it some beside the mount meanwhile loses them
    /// with the write all the same, as the source's own rules have it.
    private func wasFresh(_ number: NodeNumber) -> Bool {
        state.locked { nodes, _ in
            guard let index = nodes.knownIndex(of: number), nodes[index].traits.contains(.fresh) else { return false }
            nodes[index].traits.remove(.fresh)
            return nodes[index].opens > 0
        }
    }

    private func withFilePath<Value>(_ node: NodeNumber, _ body: (CName) throws(Errno) -> Value) throws(Errno) -> Value
    {
        try withFile(node) { (file) throws(Errno) in try withPath(of: file, body) }
    }
}
