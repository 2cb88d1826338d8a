/// A file name as text. Any bytes can be in one, and whoever chose it must not speak to the terminal.
enum NameText {
    /// In quotation marks, for people: control characters and their like as `\n` or `\u{1b}`, bytes that are not UTF-8
    /// as `\xff`, and `\"` and `\\`.
    static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        forEachPiece(of: bytes) { piece in
            switch piece {
            case .byte(let byte): text += escape(byte)
            case .character("\n"): text += "\\n"
            case .character("\t"): text += "\\t"
            case .character("\r"): text += "\\r"
            case .character("\""): text += "\\\""
            case .character("\\"): text += "\\\\"
            case .character(let scalar): text += printable(String(Character(scalar)))
            }
        }
        return text + "\""
    }

    /// For programs, before it becomes JSON: bytes that are not UTF-8 as `\xff`, and `\\` for each backslash, so that the
    /// name can be had back.
    static func reversible(_ bytes: [UInt8]) -> String {
        var text = ""
        forEachPiece(of: bytes) { piece in
            switch piece {
            case .byte(let byte): text += escape(byte)
            case .character("\\"): text += "\\\\"
            case .character(let scalar): text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private enum Piece {
        case character(Unicode.Scalar)
        /// Not part of UTF-8.
        case byte(UInt8)
    }

    private static func forEachPiece(of bytes: [UInt8], _ body: (Piece) -> Void) {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var place = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .emptyInput: return
            case .valid(let encoded):
                body(.character(Unicode.UTF8.decode(encoded)))
                place += encoded.count
            case .error(let length):
                for byte in bytes[place..<(place + length)] { body(.byte(byte)) }
                place += length
            }
        }
    }

    private static func escape(_ byte: UInt8) -> String {
        "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
