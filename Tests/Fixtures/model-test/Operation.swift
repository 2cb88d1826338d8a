import CRawCalls
import Glibc

/// One call, or a few that belong together, to be made on one side or on both.
struct Operation {
    /// As a person would write the call, `#3` being the file or directory open in slot 3.
    let words: String
    /// What it may answer, beside success, while other threads work in the same directory.
    let allowed: Set<Int32>
    let run: (Side) -> Answer

    init(_ words: String, mayFail allowed: [Int32], _ run: @escaping (Side) -> Answer) {
        self.words = words
        self.allowed = Set(allowed)
        self.run = run
    }
}

/// What an operation came to. Descriptors, inode numbers and the time of day are left out: they differ by nature.
struct Answer: Equatable {
    var value = 0
    var error: Int32 = 0
    var text = ""
    var bytes: [UInt8] = []

    /// The answer of a call that returns -1 and sets errno(3).
    init<Number: SignedInteger>(_ number: Number) {
        if number == -1 { error = errno } else { value = Int(number) }
    }

    init(text: String) { self.text = text }

    /// The same without the number, for calls that answer with a descriptor.
    var withoutValue: Answer {
        var answer = self
        answer.value = 0
        return answer
    }

    var words: String {
        if error != 0 { return nameOfErrno(error) }
        return "\(value)" + (text.isEmpty ? "" : " \(text)") + (bytes.isEmpty ? "" : ", \(bytes.count) bytes")
    }

    /// Where two answers part, for a person.
    func difference(from other: Answer) -> String {
        guard error == other.error, value == other.value, text == other.text else { return "" }
        return " (\(firstDifference(bytes, other.bytes)))"
    }
}

func firstDifference(_ one: [UInt8], _ other: [UInt8]) -> String {
    for index in 0..<min(one.count, other.count) where one[index] != other[index] {
        return "the bytes differ from \(index) on: \(one[index]) and \(other[index])"
    }
    return one.count == other.count ? "the bytes are the same" : "\(one.count) bytes and \(other.count)"
}
