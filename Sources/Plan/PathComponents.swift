/// An absolute path as the names between its slashes, in bytes.
///
/// Paths are compared name by name: `/scratch2` does not lie in `/scratch`. In bytes, because Swift takes two spellings of
/// one letter for equal, and the kernel does not.
package struct PathComponents: Hashable, Sendable {
    package let names: [[UInt8]]

    /// Leaves out `.` and doubled slashes.
    package init(_ path: String) {
        names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != Array(".".utf8) }
    }

    /// True for the same path and for everything below.
    package func contains(_ other: PathComponents) -> Bool { other.names.starts(with: names) }

    package var isRoot: Bool { names.isEmpty }

    /// Whether a name is `..`: where that leads, only the kernel can say.
    package var climbs: Bool { names.contains(Array("..".utf8)) }

    /// The path, absolute, without a slash at its end.
    package var path: String {
        names.isEmpty ? "/" : names.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
    }
}

extension String {
    /// By bytes: a slash that is followed by a combining character is not Swift's "/".
    package var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }
}
