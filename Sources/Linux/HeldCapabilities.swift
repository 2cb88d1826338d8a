import CCapability
import Glibc

extension CapabilitySet {
    /// The calling thread's effective set, by capget(2) and no other call.
    package static func effective() throws(SystemError) -> CapabilitySet { try held(CAP_EFFECTIVE) }

    /// The calling thread's permitted set, by capget(2) and no other call.
    package static func permitted() throws(SystemError) -> CapabilitySet { try held(CAP_PERMITTED) }

    private static func held(_ which: cap_flag_t) throws(SystemError) -> CapabilitySet {
        guard let sets = cap_get_proc() else { throw SystemError("cap_get_proc", Errno.current) }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        var held: CapabilitySet = []
        for number in CapabilitySet.all.numbers {
            var value = CAP_CLEAR
            try attempt("cap_get_flag", on: "\(number)") { cap_get_flag(sets, number, which, &value) }
            if value == CAP_SET { held.insert(CapabilitySet(number: number)) }
        }
        return held
    }
}
