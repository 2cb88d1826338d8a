import Glibc

/// What went otherwise than promised.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The answer of a call that must work.
@discardableResult
func must<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1 { throw Failure("\(call): \(nameOfErrno(errno))") }
    return answer
}

func nameOfErrno(_ number: Int32) -> String {
    strerrorname_np(number).map { String(cString: $0) } ?? "errno \(number)"
}
