import Fuse
import Glibc
import Linux

/// Requests about extended attributes, xattr(7): what the source's rules and the account's rights allow.
extension PassthroughFileSystem {
    func attribute(_ node: NodeNumber, _ name: CName, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFilePath(node) { (path) throws(Errno) in try FollowedPath.attribute(path, name, into: room) }
    }

    func attributeNames(_ node: NodeNumber, into room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try withFilePath(node) { (path) throws(Errno) in try FollowedPath.attributes(path, into: room) }
    }

    func setAttribute(
        _ node: NodeNumber, _ name: CName, _ value: UnsafeRawBufferPointer, flags: Int32
    ) throws(Errno) {
        try withFilePath(node) { (path) throws(Errno) in
            try FollowedPath.setAttribute(path, name, value, flags: flags)
        }
    }

    func removeAttribute(_ node: NodeNumber, _ name: CName) throws(Errno) {
        try withFilePath(node) { (path) throws(Errno) in try FollowedPath.removeAttribute(path, name) }
    }

    private func withFilePath<Value>(_ node: NodeNumber, _ body: (CName) throws(Errno) -> Value) throws(Errno) -> Value
    {
        try withFile(node) { (file) throws(Errno) in try withPath(of: file, body) }
    }
}
