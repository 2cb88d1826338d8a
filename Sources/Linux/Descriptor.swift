import Glibc

/// What stands for an open file. The calls on files and directories are methods of it.
package protocol OpenFile: ~Copyable {
    /// The descriptor's number. Whoever reads it must not keep it longer than the owner lives.
    var number: Int32 { get }
}

/// A file descriptor with one owner; closed when the owner lets go of it.
package struct Descriptor: ~Copyable, Sendable, OpenFile {
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Hands the number on; whoever gets it closes it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// The same descriptor for callers that use it while the owner keeps it. The owner must be a variable that lives
    /// longer: a temporary is closed before the next call.
    package var file: FileReference { FileReference(number) }
}

/// A descriptor that somebody else owns and keeps open meanwhile.
package struct FileReference: Hashable, Sendable, OpenFile {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    /// AT_FDCWD: paths count from the working directory.
    package static let workingDirectory = FileReference(AT_FDCWD)
}

/// close_range(2): closes every descriptor from one number through another.
package func closeRange(from first: UInt32, through last: UInt32) throws(SystemError) {
    try attempt("close_range") { close_range(first, last, 0) }
}

/// Closes every descriptor above 2 but those of `kept`.
package func closeAll(but kept: [FileReference]) throws(SystemError) {
    var next: UInt32 = 3
    for number in kept.map({ UInt32($0.number) }).sorted() {
        if number > next { try closeRange(from: next, through: number - 1) }
        next = max(next, number + 1)
    }
    try closeRange(from: next, through: .max)
}
