import TOMLKit

/// The line, counted from 1, on which a valid TOML document first gives `key` in its topmost table.
///
/// The parser tells lines only for its own errors, so it is brought to make one: with the key defined in a line put before
/// the document, the document's own definition is the first thing that is wrong. Quotes, comments, and values over several
/// lines are thereby read by the parser that reads them otherwise.
func line(of key: String, inDocument text: String) -> Int {
    // A byte order mark may only stand at the very beginning.
    let text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    var line = 1
    do { _ = try TOMLTable(string: "\(quotedKey(key)) = 0\n" + text) } catch let error as TOMLParseError {
        line = max(error.source.begin.line - 1, 1)
    } catch {}
    // For a header such as `[home.x]` the parser names the line after it: the key is there before that line.
    while line > 1, firstLines(line - 1, of: text, give: key) { line -= 1 }
    return line
}

private func firstLines(_ count: Int, of text: String, give key: String) -> Bool {
    let lines = text.utf8.split(
        separator: UInt8(ascii: "\n"), maxSplits: count, omittingEmptySubsequences: false)
    guard lines.count > count else { return false }
    let start = String(decoding: text.utf8[..<lines[count].startIndex], as: UTF8.self)
    do { return try TOMLTable(string: start).contains(key: key) } catch { return false }
}

/// A basic string, TOML 1.0: as a key it may hold anything.
private func quotedKey(_ key: String) -> String {
    var quoted = "\""
    for scalar in key.unicodeScalars {
        let digits = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return quoted + "\""
}
