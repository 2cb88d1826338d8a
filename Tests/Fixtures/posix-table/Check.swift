import CRawCalls
import Glibc

/// One promise of POSIX or Linux about files, and the calls that try it in a directory of their own.
struct Check: Sendable {
    /// Also the name of the directory the check works in.
    let name: String
    let run: @Sendable (Scratch) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (Scratch) throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// What went otherwise than promised.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What the file system says it does not have: an honest answer where the promise is an offer, not a duty. The table
/// tells it apart from what holds, so that nobody takes the one for the other.
struct NotOffered: Error, CustomStringConvertible {
    let description: String
}

/// The answer of a call that must work where the file system offers it at all.
@discardableResult
func offered<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1, [EOPNOTSUPP, ENOSYS, ENOTTY].contains(errno) {
        throw NotOffered(description: "\(call): \(nameOfErrno(errno))")
    }
    return try must(call, answer)
}

/// The answer of a call that must work.
@discardableResult
func must<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1 { throw Failure("\(call): \(nameOfErrno(errno))") }
    return answer
}

/// A call that must fail, with one of these numbers of errno(3).
func refused<Number: SignedInteger>(_ call: String, with expected: Int32..., by answer: Number) throws {
    if answer != -1 { throw Failure("\(call) worked, expected \(expected.map(nameOfErrno))") }
    if !expected.contains(errno) {
        throw Failure("\(call): \(nameOfErrno(errno)), expected \(expected.map(nameOfErrno))")
    }
}

func expect(_ holds: Bool, _ words: @autoclosure () -> String) throws {
    if !holds { throw Failure(words()) }
}

func expectEqual<Value: Equatable>(_ what: String, _ value: Value, _ expected: Value) throws {
    if value != expected { throw Failure("\(what) is \(value), expected \(expected)") }
}

/// As the kernel names it where the table knows the number, else the text of strerror(3).
func nameOfErrno(_ number: Int32) -> String {
    strerrorname_np(number).map { String(cString: $0) } ?? "errno \(number)"
}

/// Runs the block in a forked child; what it throws is thrown here. The child shares open files, not locks of fcntl(2).
func inChild(_ body: () throws -> Void) throws {
    var ends: [Int32] = [0, 0]
    try must("pipe", pipe(&ends))
    let child = try must("fork", fork())
    if child == 0 {
        close(ends[0])
        do { try body() } catch {
            let text = Array("\(error)".utf8)
            _exit(write(ends[1], text, text.count) < 0 ? 2 : 1)
        }
        _exit(0)
    }
    close(ends[1])
    var room = [UInt8](repeating: 0, count: 512)
    let length = read(ends[0], &room, room.count)
    close(ends[0])
    var status: Int32 = 0
    waitpid(child, &status, 0)
    if length > 0 { throw Failure("in a second process: " + String(decoding: room[..<length], as: UTF8.self)) }
    if status != 0 { throw Failure("a second process ended with \(status)") }
}
