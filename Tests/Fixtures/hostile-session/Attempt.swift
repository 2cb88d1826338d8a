import CRawCalls
import Glibc

/// The promises of a session, by the letters under which they are made.
enum Promise: String, Sendable {
    /// It holds no capability and cannot regain one.
    case power = "a"
    /// It can change nothing of a shared source.
    case shared = "b"
    /// It reaches nothing of a source's file system outside the source.
    case outside = "c"
    /// It reads no descriptor, memory or credential of the processes that serve it.
    case secrets = "d"
    /// Whatever it asks of its mounts, they go on to answer.
    case service = "s"
    /// With `--network none`, it reaches no network and no abstract socket.
    case network = "n"
}

/// One way out, tried in a process of its own. A body that comes to its end has found the way open.
struct Attempt: Sendable {
    let promise: Promise
    let kind: AttackClass
    let name: String
    /// What stands in its way: each of them alone would do.
    let defences: [Defence]
    /// The numbers of errno(3) that a closed way answers with. Any other shows that the attempt did not get that far.
    let expected: [Int32]
    let body: @Sendable (Situation) throws -> Void

    init(
        _ promise: Promise, _ kind: AttackClass, _ name: String, behind defences: [Defence] = [],
        refusedWith expected: [Int32],
        _ body: @escaping @Sendable (Situation) throws -> Void
    ) {
        self.promise = promise
        self.kind = kind
        self.name = name
        self.defences = defences
        self.expected = expected
        self.body = body
    }
}

/// The answers of a kernel that asks for a capability, or of a filter in front of it.
let needsPower = [EPERM, EACCES, ENOSYS]
/// The answers of a read-only mount.
let readOnly = [EROFS]

/// How a call was refused, or why an attempt came to nothing.
struct Refused: Error, Sendable {
    let call: String
    /// Nil where nothing was refused, and yet nothing was won.
    let number: Int32?
}

/// The answer of a call that the attempt needs.
@discardableResult
func need<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1 { throw Refused(call: call, number: errno) }
    return answer
}

/// For attempts whose calls work and still win nothing.
func needs(_ won: Bool, _ words: String) throws {
    if !won { throw Refused(call: words, number: nil) }
}

/// A system call by its number, with numbers and addresses as arguments.
func call(_ number: Int32, _ arguments: Int...) -> Int {
    let all = arguments + [0, 0, 0, 0, 0, 0]
    return raw_call(Int(number), all[0], all[1], all[2], all[3], all[4], all[5])
}

/// A system call whose first text argument stands at `position`.
func call(_ number: Int32, path: String, at position: Int, _ arguments: Int...) -> Int {
    path.withCString { path in
        var all = arguments
        all.insert(Int(bitPattern: path), at: position)
        all += [0, 0, 0, 0, 0]
        return raw_call(Int(number), all[0], all[1], all[2], all[3], all[4], all[5])
    }
}

func open(_ path: String, _ flags: Int32) throws -> Int32 {
    try need("open \(path)", raw_openat(AT_FDCWD, path, flags | O_CLOEXEC, 0o644))
}
