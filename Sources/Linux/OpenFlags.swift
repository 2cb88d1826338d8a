import Glibc

/// The flags of open(2). O_CLOEXEC is always added by the calls that take them.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let readOnly: OpenFlags = []
    package static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)
    package static let create = OpenFlags(rawValue: O_CREAT)
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let append = OpenFlags(rawValue: O_APPEND)
    package static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    /// Fail with ELOOP, or with `pathOnly` open the link itself.
    package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    /// O_PATH: a place in the tree, not a way to its data.
    package static let pathOnly = OpenFlags(rawValue: O_PATH)
}
