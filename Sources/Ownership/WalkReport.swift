import Glibc
import Linux

/// What a walk found and did, in numbers of entries.
package struct WalkReport: Hashable, Sendable {
    package var entries: UInt64 = 0
    package var right: UInt64 = 0
    package var changed: UInt64 = 0
    /// Found wrong, and left so because the walk only checks.
    package var wrong: UInt64 = 0
    /// Found wrong, and could not be changed.
    package var refused: UInt64 = 0
    /// Gone before they could be looked at.
    package var vanished: UInt64 = 0
    /// Mount points within the tree, which a walk does not cross.
    package var otherMounts: UInt64 = 0
    /// Files whose set-id bits the kernel took away with the change of owner, and files that kept theirs.
    package var setIDCleared: UInt64 = 0
    package var setIDKept: UInt64 = 0
    /// The first of those that are wrong or were refused: path, and why.
    package var listed: [String] = []

    /// How many are listed.
    package static let listLimit = 20

    package init() {}

    mutating func list(_ path: String, _ reason: String) {
        if listed.count < Self.listLimit { listed.append("'\(path)': \(reason)") }
    }

    mutating func add(_ other: WalkReport) {
        for field in Self.counts { self[keyPath: field] += other[keyPath: field] }
        listed += other.listed.prefix(Self.listLimit - listed.count)
    }

    private static var counts: [WritableKeyPath<WalkReport, UInt64>] {
        [
            \.entries, \.right, \.changed, \.wrong, \.refused, \.vanished, \.otherMounts, \.setIDCleared, \.setIDKept,
        ]
    }

    /// The counts in decimal and the listed lines, parted by NUL bytes: for the channel between two processes.
    package func encode() -> [UInt8] {
        let fields = Self.counts.map { "\(self[keyPath: $0])" } + listed
        return Array(fields.joined(separator: "\0").utf8)
    }

    /// EPROTO where the bytes are not what `encode` gives.
    package init(decoding bytes: [UInt8]) throws(SystemError) {
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
        guard fields.count >= Self.counts.count else { throw SystemError("recv", on: "report", Errno(EPROTO)) }
        for (field, text) in zip(Self.counts, fields) {
            guard let count = UInt64(text) else { throw SystemError("recv", on: "report", Errno(EPROTO)) }
            self[keyPath: field] = count
        }
        listed = fields.dropFirst(Self.counts.count).map(String.init)
    }
}
