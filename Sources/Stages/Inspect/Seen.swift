import Glibc
import Linux

/// Something of another process that the kernel may or may not let us see.
enum Seen<Value: Sendable>: Sendable {
    case seen(Value)
    /// EACCES or EPERM: whoever inspects has not enough rights over the process.
    case hidden
    /// The kernel has no such thing, or says it in another form.
    case missing

    var value: Value? {
        if case .seen(let value) = self { return value }
        return nil
    }

    /// Throws only where the process has ended meanwhile.
    static func read(_ body: () throws(SystemError) -> Value?) throws(Vanished) -> Seen {
        do {
            guard let value = try body() else { return .missing }
            return .seen(value)
        } catch {
            switch error.reason.rawValue {
            case EACCES, EPERM: return .hidden
            case ESRCH: throw Vanished()
            default: return .missing
            }
        }
    }
}

/// A process ended while it was looked at.
struct Vanished: Error {}
