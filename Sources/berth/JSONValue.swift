import Plan

/// A value of a JSON document, RFC 8259.
enum JSONValue: Equatable {
    case null
    case truth(Bool)
    /// As it is written: no number is rounded before it is known what it is for.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([JSONMember])

    /// What error texts call it.
    var kind: String {
        switch self {
        case .null: "null"
        case .truth: "a truth value"
        case .number: "a number"
        case .text: "a string"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

struct JSONMember: Equatable {
    var name: String
    var value: JSONValue
}

/// A value and where it stands, such as `syscalls[3].args`, read by type: what is of another type is refused.
struct PlacedJSON {
    let value: JSONValue
    let place: String

    func wrong(_ what: String, hint: String? = nil) -> Refusal {
        Refusal(place.isEmpty ? what : "\(place): \(what)", hint: hint)
    }

    private func expected(_ what: String) -> Refusal { wrong("expected \(what), found \(value.kind)") }

    func text() throws(Refusal) -> String {
        guard case .text(let text) = value else { throw expected("a string") }
        return text
    }

    /// An integer from 0 to 18446744073709551615, written without a fraction or an exponent.
    func number() throws(Refusal) -> UInt64 {
        guard case .number(let text) = value else { throw expected("a number") }
        guard let number = UInt64(text) else { throw wrong("\(text) is not an integer from 0 to 18446744073709551615") }
        return number
    }

    /// The elements; none for null, as the engines' own files have it.
    func elements() throws(Refusal) -> [PlacedJSON] {
        switch value {
        case .null: return []
        case .list(let values):
            return values.enumerated().map { PlacedJSON(value: $1, place: "\(place)[\($0)]") }
        default: throw expected("a list")
        }
    }

    func texts() throws(Refusal) -> [String] {
        var texts: [String] = []
        for element in try elements() { texts.append(try element.text()) }
        return texts
    }

    /// The members, all of them among `known`; none for null.
    func members(_ known: [String]) throws(Refusal) -> [String: PlacedJSON] {
        if value == .null { return [:] }
        guard case .object(let members) = value else { throw expected("an object") }
        var found: [String: PlacedJSON] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw wrong("unknown key '\(member.name)'", hint: "the keys are \(known.joined(separator: ", "))")
            }
            let inside = place.isEmpty ? member.name : "\(place).\(member.name)"
            found[member.name] = PlacedJSON(value: member.value, place: inside)
        }
        return found
    }
}
