import Glibc

/// A number of errno(3).
package struct Errno: Error, Hashable, Sendable, RawRepresentable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }
    package init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// What the last failed call of this thread left behind.
    package static var current: Errno { Errno(Glibc.errno) }
}

extension Errno: CustomStringConvertible {
    /// The text of strerror(3) in the C locale, such as "Operation not permitted".
    package var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { room in
            guard let text = strerror_r(rawValue, room.baseAddress!, room.count) else { return "error \(rawValue)" }
            return String(cString: text)
        }
    }
}

/// Runs a C call that answers -1 and sets errno; again whenever a signal interrupted it (EINTR).
@inline(__always)
package func errnoCall<Number: FixedWidthInteger & SignedInteger>(_ call: () -> Number) throws(Errno) -> Number {
    while true {
        let answer = call()
        if answer != -1 { return answer }
        let reason = Errno.current
        if reason.rawValue != EINTR { throw reason }
    }
}
