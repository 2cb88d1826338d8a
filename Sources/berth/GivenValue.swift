import Plan
import TOMLKit

/// A value of a configuration file, asked for by type.
struct GivenValue {
    private let value: any TOMLValueConvertible

    init(_ value: any TOMLValueConvertible) { self.value = value }

    func text() throws(Refusal) -> String {
        guard let text = value.string else { throw wrong("a string") }
        return text
    }

    func flag() throws(Refusal) -> Bool {
        guard let flag = value.bool else { throw wrong("true or false") }
        return flag
    }

    func number() throws(Refusal) -> Int {
        guard let number = value.int else { throw wrong("an integer") }
        return number
    }

    func numbers() throws(Refusal) -> [Int] {
        guard let array = value.array else { throw wrong("a list of integers") }
        var numbers: [Int] = []
        for element in array {
            guard let number = element.int else { throw wrong("a list of integers", but: element) }
            numbers.append(number)
        }
        return numbers
    }

    /// An id: an integer from 0 to 4294967294.
    func id() throws(Refusal) -> UInt32 { try parseID("\(try number())") }

    /// A number or a text, as `--account` has it.
    func account() throws(Refusal) -> AccountWish {
        switch value.type {
        case .int: AccountWish(.user(UserID(try id())))
        case .string: try AccountWish(parsing: try text())
        default: throw wrong("a string or an integer")
        }
    }

    func texts() throws(Refusal) -> [String] {
        guard let array = value.array else { throw wrong("a list of strings") }
        var texts: [String] = []
        for element in array {
            guard let text = element.string else { throw wrong("a list of strings", but: element) }
            texts.append(text)
        }
        return texts
    }

    private func wrong(_ expected: String, but found: (any TOMLValueConvertible)? = nil) -> Refusal {
        let place = found == nil ? "found" : "found within it"
        return Refusal("expected \(expected), \(place) \(article((found ?? value).type))")
    }

    private func article(_ type: TOMLType) -> String {
        switch type {
        case .array: "a list"
        case .int: "an integer"
        case .bool: "a truth value"
        default: "a \(type)"
        }
    }
}
