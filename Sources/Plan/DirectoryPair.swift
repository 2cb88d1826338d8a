/// A source and where it is to be seen, as `SRC[:DST]` says it.
package struct DirectoryPair: Hashable, Sendable {
    package var source: String
    package var target: String?

    package init(source: String, target: String? = nil) {
        self.source = source
        self.target = target
    }

    /// Reads `SRC` or `SRC:DST`. `\:` is a colon and `\\` a backslash of the path; any other backslash is itself.
    package init(parsing text: String) throws(Refusal) {
        let colon = UInt8(ascii: ":")
        let backslash = UInt8(ascii: "\\")
        var parts: [[UInt8]] = [[]]
        var bytes = text.utf8.makeIterator()
        var pending = bytes.next()
        while let byte = pending {
            pending = bytes.next()
            if byte == colon {
                parts.append([])
            } else if byte == backslash, let next = pending, next == colon || next == backslash {
                parts[parts.count - 1].append(next)
                pending = bytes.next()
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        let paths = parts.map { String(decoding: $0, as: UTF8.self) }
        guard paths.count <= 2 else {
            throw Refusal("'\(text)': more than one ':'", hint: "write a colon that belongs to a path as '\\:'")
        }
        guard paths.allSatisfy({ !$0.isEmpty }) else {
            throw Refusal("'\(text)': empty path", hint: "give SRC, or SRC:DST")
        }
        self.init(source: paths[0], target: paths.count == 2 ? paths[1] : nil)
    }
}
