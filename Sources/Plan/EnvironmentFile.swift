/// Reads a file of variables as docker and podman have it for `--env-file`.
///
/// A line is `NAME=VALUE`, with the value everything after the first `=` to the end of the line: no quotes, no escapes, no
/// comment behind it; or `NAME`, which passes the variable on. Blanks before the name do not count. Lines that are empty, and
/// those that begin with `#`, are left out. No message holds anything of a line but its number.
package func parseEnvironmentFile(_ text: String) throws(Refusal) -> [EnvironmentChange] {
    var changes: [EnvironmentChange] = []
    let text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, whole) in lines.enumerated() {
        let line = whole.last == UInt8(ascii: "\r") ? whole.dropLast() : whole
        let content = line.drop { isBlank($0) }
        guard let first = content.first, first != UInt8(ascii: "#") else { continue }
        let name = content.prefix { $0 != UInt8(ascii: "=") }
        guard !name.isEmpty else { throw Refusal("line \(index + 1): a variable without a name") }
        guard !name.contains(where: isBlank) else { throw Refusal("line \(index + 1): a blank in a variable's name") }
        guard !content.contains(0) else { throw Refusal("line \(index + 1): a NUL character") }
        changes.append(try EnvironmentChange(parsing: String(decoding: content, as: UTF8.self)))
    }
    return changes
}

private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) }
