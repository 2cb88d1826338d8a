import Glibc
import Linux
import Plan

/// Why a run ended before the session did its work: what berth prints, and the status it exits with.
package struct RunFailure: Error, Hashable, Sendable {
    /// Without the leading `berth: `.
    package var message: String
    /// More of it, a line each, such as the entries that were refused.
    package var details: [String]
    /// What cures it, where that is known.
    package var hint: String?
    /// The code of the gate that is shut, where that is known.
    package var gate: String?
    /// 125: berth failed; 126: the command cannot be executed; 127: it was not found.
    package var status: Int32
    var cause = Cause.other

    /// Whose doing it is, for an exit status that tells them apart. Not passed on from one process to another.
    enum Cause: Hashable, Sendable {
        case refusal
        case system(Errno)
        case berth
        case interruption
        case other
    }

    /// The status of whatever berth itself could not do.
    package static let ownStatus: Int32 = 125

    package init(_ message: String, details: [String] = [], hint: String? = nil, status: Int32 = ownStatus) {
        self.message = message
        self.details = details
        self.hint = hint
        self.status = status
    }

    package init(_ refusal: Refusal) {
        self.init(refusal.message, hint: refusal.hint)
        cause = .refusal
    }

    init(_ message: String, by cause: Cause) {
        self.init(message)
        self.cause = cause
    }

    init(interruptedBy signal: Int32) { self.init("interrupted by signal \(signal)", by: .interruption) }

    /// The hint is the one that is known for this call and reason, unless one is given.
    package init(_ error: SystemError, hint: String? = nil) {
        let gate = hint == nil ? Gate.of(error) : nil
        self.init(error.description, hint: hint ?? gate?.cure)
        self.gate = gate?.code
        cause = .system(error.reason)
    }
}

/// Runs system calls; where one fails, the run has failed, with the hint for it.
func explained<Value: ~Copyable>(
    hint: @autoclosure () -> String? = nil, _ body: () throws(SystemError) -> Value
) throws(RunFailure) -> Value {
    do { return try body() } catch { throw RunFailure(error, hint: hint()) }
}

/// The same for a call about a path or object that its own error cannot name.
func explained<Value: ~Copyable>(
    on subject: String, hint: @autoclosure () -> String? = nil, _ body: () throws(SystemError) -> Value
) throws(RunFailure) -> Value {
    do { return try body() } catch {
        throw RunFailure(SystemError(error.call, on: subject, error.reason), hint: hint())
    }
}
