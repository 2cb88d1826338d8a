import Fuse
import Linux

/// The readable line of `--trace`: `open "a/b" flags=O_RDONLY -> handle=7 [31.4 us]`.
extension RequestRecord {
    var line: String {
        var words = [operation]
        if let path {
            words.append(path.shown)
        } else if node != 0 {
            words.append("node=\(node)")
        }
        if let target { words += ["to", target.shown] }
        words += arguments.map(\.text)
        switch outcome {
        case .answered(let values): words += ["->"] + (values.isEmpty ? ["ok"] : values.map(\.text))
        case .failed(let error): words += ["->", error.name]
        case .unanswered: break
        }
        return words.joined(separator: " ") + " [\(microseconds(nanoseconds)) us]"
    }
}

extension NodePath {
    fileprivate var shown: String { NameText.quoted(bytes.isEmpty ? [UInt8(ascii: ".")] : bytes) + suffix }

    private var suffix: String { isRemoved ? " (removed)" : "" }
}

extension Detail {
    fileprivate var text: String { "\(name)=\(value.text)" }
}

extension DetailValue {
    fileprivate var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .signed(let number): "\(number)"
        case .octal(let mode): octalText(mode)
        case .hexadecimal(let number): hexadecimalText(number)
        case .flag(let flag): flag ? "yes" : "no"
        case .word(let word): word.utf8.contains(UInt8(ascii: " ")) ? NameText.quoted(Array(word.utf8)) : word
        case .names(let names): names.isEmpty ? "0" : names.joined(separator: "|")
        case .bytes(let bytes): NameText.quoted(bytes)
        }
    }
}

/// As C writes it.
func octalText(_ mode: UInt32) -> String { mode == 0 ? "0" : "0" + String(mode, radix: 8) }

func hexadecimalText(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }

/// With one decimal, rounded down.
func microseconds(_ nanoseconds: UInt64) -> String { "\(nanoseconds / 1000).\(nanoseconds % 1000 / 100)" }
