import Glibc

/// A system call that failed: which one, upon what, and why.
///
/// Reads `mount '/home/alice': Operation not permitted`.
package struct SystemError: Error, Equatable, Sendable {
    /// The C name, such as `openat`.
    package var call: String
    /// The path, number or name the call was about; nil where there is none.
    package var subject: String?
    package var reason: Errno

    package init(_ call: String, on subject: String? = nil, _ reason: Errno) {
        self.call = call
        self.subject = subject
        self.reason = reason
    }
}

extension SystemError: CustomStringConvertible {
    package var description: String {
        guard let subject else { return "\(call): \(reason)" }
        return "\(call) '\(subject)': \(reason)"
    }
}

/// Runs a C call that answers -1 and sets errno, and names it in the error.
@discardableResult
package func attempt<Number: FixedWidthInteger & SignedInteger>(
    _ call: String, on subject: @autoclosure () -> String? = nil, _ body: () -> Number
) throws(SystemError) -> Number {
    do { return try errnoCall(body) } catch { throw SystemError(call, on: subject(), error) }
}

/// Runs a C call that answers the error number itself, as pthread_create(3) and getpwnam_r(3) do.
package func attemptReturningError(
    _ call: String, on subject: @autoclosure () -> String? = nil, _ body: () -> Int32
) throws(SystemError) {
    let number = body()
    if number != 0 { throw SystemError(call, on: subject(), Errno(number)) }
}
