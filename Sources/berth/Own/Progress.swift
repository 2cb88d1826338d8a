import Glibc
import Linux
import Plan

/// How progress is shown on standard error.
enum ProgressStyle: Sendable {
    /// One line that moves.
    case terminal
    /// A line every few seconds, for a log.
    case log
    case json
    case none

    init(_ wish: ProgressWish) {
        switch wish {
        case .auto: self = FileReference(STDERR_FILENO).isTerminal ? .terminal : .log
        case .terminal: self = .terminal
        case .json: self = .json
        case .none: self = .none
        }
    }

    /// In milliseconds.
    var interval: Int? {
        switch self {
        case .terminal: 200
        case .log: 5000
        case .json: 1000
        case .none: nil
        }
    }
}

/// Shows how far a walk is, on standard error.
struct ProgressDisplay: Sendable {
    private let style: ProgressStyle
    private var began = monotonicMilliseconds()
    /// What is said before the first line of a log.
    private var reason: String?
    private var isLineOpen = false
    private var isBroken = false

    init(_ style: ProgressStyle) { self.style = style }

    /// Says why there is a walk: at once, or in a log before the first line, so that short walks say nothing.
    mutating func begin(_ walk: OwnershipWalk) {
        began = monotonicMilliseconds()
        switch style {
        case .none: break
        case .json: write(walk.record.json + "\n")
        case .log: reason = "berth: \(walk.words)\n"
        case .terminal: write("berth: \(walk.words)\n")
        }
    }

    mutating func show(_ far: OwnershipProgress) {
        let milliseconds = max(1, monotonicMilliseconds() - began)
        switch style {
        case .none: return
        case .json: write(far.record(milliseconds).json + "\n")
        case .log:
            if let reason { write(reason) }
            reason = nil
            write("berth: " + far.words(milliseconds) + "\n")
        case .terminal:
            let width = (FileReference(STDERR_FILENO).terminalWidth ?? 80) - 1
            // Back to the beginning of the line, and what is right of the text is cleared.
            write("\r" + far.words(milliseconds).prefix(width) + "\u{1b}[K")
            isLineOpen = true
        }
    }

    /// Takes the moving line away, so that others can write.
    mutating func clear() {
        if isLineOpen { write("\r\u{1b}[K") }
        isLineOpen = false
    }

    /// Progress that nobody reads must not end the walk.
    private mutating func write(_ text: String) {
        if isBroken { return }
        do { try FileReference(STDERR_FILENO).writeRecord(Array(text.utf8)) } catch { isBroken = true }
    }
}

extension OwnershipWalk {
    fileprivate var words: String {
        let owner = "\(account.user.rawValue):\(account.group.rawValue)"
        let home = printable(home)
        switch mode {
        case .onRootMismatch: return "home '\(home)' belongs to \(user):\(group): giving what it holds to \(owner)"
        case .check: return "looking through home '\(home)' for what is not \(owner)'s"
        case .always, .off: return "giving what home '\(home)' holds to \(owner)"
        }
    }

    var record: FactValue {
        line(
            "owning",
            [
                Fact("home", .text(home)), Fact("mode", .text(mode.rawValue)), Fact("uid", .number(Int64(user))),
                Fact("gid", .number(Int64(group))), Fact("to_uid", .number(Int64(account.user.rawValue))),
                Fact("to_gid", .number(Int64(account.group.rawValue))),
            ])
    }
}

extension OwnershipProgress {
    fileprivate func words(_ milliseconds: Int) -> String {
        let place = directory.map { " in '\(printable(bytes: $0))'" } ?? ""
        return "\(entries) entries, \(changed) changed, \(refused) refused, \(rate(milliseconds))/s, "
            + "\(milliseconds / 1000) s\(place)"
    }

    /// `milliseconds` since the walk began, where that is known.
    func record(_ milliseconds: Int?) -> FactValue {
        line(
            "progress",
            [
                Fact("entries", .number(Int64(entries))), Fact("changed", .number(Int64(changed))),
                Fact("refused", .number(Int64(refused))), Fact("threads", .number(Int64(threads))),
            ]
                + (milliseconds.map {
                    [Fact("elapsed_ms", .number(Int64($0))), Fact("per_second", .number(Int64(rate($0))))]
                } ?? [])
                + (directory.map { pathFacts("directory", $0) } ?? []))
    }

    private func rate(_ milliseconds: Int) -> UInt64 { entries * 1000 / UInt64(milliseconds) }
}

/// A path as text: bytes that are no UTF-8 as `\xff`, of a very long one the end.
func printable(bytes: [UInt8]) -> String {
    let shown = bytes.count <= 400 ? bytes[...] : [46, 46, 46] + bytes.suffix(397)
    if let text = String(validating: shown, as: UTF8.self) { return printable(text) }
    return shown.reduce(into: "") { text, byte in
        let digits = String(byte, radix: 16)
        text +=
            (0x20..<0x7f).contains(byte)
            ? String(Unicode.Scalar(byte)) : "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}

/// A path for programs: as text, and where it is none, byte for byte as well.
func pathFacts(_ name: String, _ path: [UInt8]) -> [Fact] {
    let text = Fact(name, .text(String(decoding: path, as: UTF8.self)))
    if String(validating: path, as: UTF8.self) != nil { return [text] }
    let digits = path.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return [text, Fact(name + "_hex", .text(digits))]
}
