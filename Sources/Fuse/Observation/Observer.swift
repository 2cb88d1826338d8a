import Linux

/// Whom a server tells of its work.
package struct Observer: Sendable {
    /// Called with each request once its answer is known, before that is sent; from several threads at once. nil: requests
    /// are counted and timed, and nothing more.
    package var request: (@Sendable (RequestRecord) -> Void)?
    /// Called when SIGUSR1 has come.
    package var statistics: @Sendable (Statistics) -> Void

    package init(
        request: (@Sendable (RequestRecord) -> Void)? = nil, statistics: @escaping @Sendable (Statistics) -> Void
    ) {
        self.request = request
        self.statistics = statistics
    }
}

/// One request of the kernel's, and what it was answered.
package struct RequestRecord: Hashable, Sendable {
    /// As fuse(4) has it, without FUSE_ and in lower case: `lookup`, `setattr`.
    package var operation: String
    /// The kernel's number for the node the request is about; 0 where it is about none.
    package var node: UInt64
    /// Where that is, or what is to be made or found there; nil where it is about none, or the number is not known.
    package var path: NodePath?
    /// The other path of `rename`, `link` and `copy_file_range`.
    package var target: NodePath?
    package var arguments: [Detail] = []
    package var caller = Caller()
    package var outcome = Outcome.unanswered
    /// From when the request had been read to when its answer was ready to be sent.
    package var nanoseconds: UInt64 = 0

    package init(operation: String, node: UInt64) {
        self.operation = operation
        self.node = node
    }

    package enum Outcome: Hashable, Sendable {
        case answered([Detail])
        case failed(Errno)
        /// No answer is owed.
        case unanswered
    }

    /// Ids as the server's namespaces have them; a process outside is 0.
    package struct Caller: Hashable, Sendable {
        package var process: UInt32 = 0
        package var user: UInt32 = 0
        package var group: UInt32 = 0
    }
}

/// Where a node is beneath the root, by the names it was last seen with.
package struct NodePath: Hashable, Sendable {
    /// Without a slash at the beginning; empty for the root. Any bytes, since any can be in a name.
    package var bytes: [UInt8]
    /// The name is gone, and the file may live on.
    package var isRemoved = false

    package init(_ bytes: [UInt8], isRemoved: Bool = false) {
        self.bytes = bytes
        self.isRemoved = isRemoved
    }

    func appending(_ name: some Sequence<UInt8>) -> NodePath {
        NodePath(bytes.isEmpty ? Array(name) : bytes + [UInt8(ascii: "/")] + name)
    }
}

/// A named value of a request, of an answer, or of how a file system is served.
package struct Detail: Hashable, Sendable {
    /// Snake case.
    package var name: String
    package var value: DetailValue

    package init(_ name: String, _ value: DetailValue) {
        self.name = name
        self.value = value
    }

    init(_ name: String, _ number: some UnsignedInteger) { self.init(name, .number(UInt64(number))) }
}

package enum DetailValue: Hashable, Sendable {
    case number(UInt64)
    case signed(Int64)
    /// A mode.
    case octal(UInt32)
    /// An opaque number, such as the owner of a lock.
    case hexadecimal(UInt64)
    case flag(Bool)
    case word(String)
    /// A set of flags; those without a name as a hexadecimal number.
    case names([String])
    /// The name of an extended attribute, the target of a link.
    case bytes([UInt8])
}
