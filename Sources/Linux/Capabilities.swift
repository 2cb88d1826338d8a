import CCapability
import CLinux
import Glibc

/// A set of capabilities(7), one bit for each number.
package struct CapabilitySet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(number: Int32) { self.rawValue = 1 << UInt64(number) }

    package static let chown = CapabilitySet(number: CAP_CHOWN)
    package static let dacOverride = CapabilitySet(number: CAP_DAC_OVERRIDE)
    package static let fsetid = CapabilitySet(number: CAP_FSETID)
    package static let mknod = CapabilitySet(number: CAP_MKNOD)
    package static let sysAdmin = CapabilitySet(number: CAP_SYS_ADMIN)
    package static let setuid = CapabilitySet(number: CAP_SETUID)
    package static let setgid = CapabilitySet(number: CAP_SETGID)
    package static let setfcap = CapabilitySet(number: CAP_SETFCAP)
    package static let setpcap = CapabilitySet(number: CAP_SETPCAP)

    /// What root may do to files, and what it takes to make files that belong to others.
    package static let fileSystemPowers: CapabilitySet = [
        .chown, .dacOverride, CapabilitySet(number: CAP_DAC_READ_SEARCH), CapabilitySet(number: CAP_FOWNER),
        .fsetid, CapabilitySet(number: CAP_LINUX_IMMUTABLE),
        .mknod, .setfcap, .setuid, .setgid,
    ]

    /// Every capability that this kernel knows (cap_max_bits).
    package static let all = CapabilitySet(rawValue: (1 << UInt64(cap_max_bits())) - 1)

    /// The numbers in the set, ascending.
    package var numbers: [Int32] { (0..<Int32(64)).filter { rawValue & (1 << UInt64($0)) != 0 } }

    /// The names in the set as capabilities(7) spells them, such as `cap_chown`.
    package var names: [String] {
        numbers.map { number in
            guard let name = cap_to_name(number) else { return "\(number)" }
            defer { cap_free(name) }
            return String(cString: name)
        }
    }
}

/// Everything that capabilities(7) keeps for a thread, read back from the kernel.
package struct CapabilityState: Hashable, Sendable {
    package var effective: CapabilitySet = []
    package var permitted: CapabilitySet = []
    package var inheritable: CapabilitySet = []
    package var bounding: CapabilitySet = []
    package var ambient: CapabilitySet = []
    /// SECBIT_* of linux/securebits.h.
    package var secureBits: UInt32 = 0
    package var noNewPrivileges = false

    package init() {}

    /// Reads the calling thread's state.
    package static func current() throws(SystemError) -> CapabilityState {
        guard let sets = cap_get_proc() else { throw SystemError("cap_get_proc", Errno.current) }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        var state = CapabilityState()
        for number in CapabilitySet.all.numbers {
            let one = CapabilitySet(number: number)
            if try isSet(sets, number, CAP_EFFECTIVE) { state.effective.insert(one) }
            if try isSet(sets, number, CAP_PERMITTED) { state.permitted.insert(one) }
            if try isSet(sets, number, CAP_INHERITABLE) { state.inheritable.insert(one) }
            if try attempt("cap_get_bound", { cap_get_bound(number) }) == 1 { state.bounding.insert(one) }
            if try attempt("cap_get_ambient", { cap_get_ambient(number) }) == 1 { state.ambient.insert(one) }
        }
        state.secureBits = cap_get_secbits()
        state.noNewPrivileges =
            try attempt("prctl", on: "PR_GET_NO_NEW_PRIVS") {
                berth_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
            } == 1
        return state
    }

    private static func isSet(_ sets: cap_t, _ number: Int32, _ which: cap_flag_t) throws(SystemError) -> Bool {
        var value = CAP_CLEAR
        try attempt("cap_get_flag", on: "\(number)") { cap_get_flag(sets, number, which, &value) }
        return value == CAP_SET
    }
}

/// Changes to the calling thread's capabilities. Call them before there is a second thread: libcap changes one thread only.
package enum Capabilities {
    /// The securebits of a process that must never regain a capability: root is nobody special, and all of it is locked.
    package static let lockedSecureBits = UInt32(berth_locked_securebits)

    /// Locks the securebits; needs CAP_SETPCAP.
    package static func lockSecureBits() throws(SystemError) {
        try attempt("cap_set_secbits") { cap_set_secbits(lockedSecureBits) }
    }

    /// Takes everything but `kept` out of the bounding set; needs CAP_SETPCAP unless nothing is to be taken.
    package static func limitBounding(to kept: CapabilitySet) throws(SystemError) {
        for number in CapabilitySet.all.subtracting(kept).numbers {
            // Asked only where it is refused: what is not there need not be taken.
            if cap_drop_bound(number) == 0 { continue }
            let refusal = Errno.current
            if try attempt("cap_get_bound", { cap_get_bound(number) }) == 0 { continue }
            throw SystemError("cap_drop_bound", on: CapabilitySet(number: number).names[0], refusal)
        }
    }

    /// Empties the ambient set.
    package static func clearAmbient() throws(SystemError) {
        try attempt("cap_reset_ambient") { cap_reset_ambient() }
    }

    /// Makes the permitted and effective sets exactly `kept`, the inheritable set empty.
    package static func keepOnly(_ kept: CapabilitySet) throws(SystemError) {
        guard let sets = cap_init() else { throw SystemError("cap_init", Errno.current) }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        let numbers = kept.numbers
        if !numbers.isEmpty {
            for which in [CAP_PERMITTED, CAP_EFFECTIVE] {
                try attempt("cap_set_flag") { cap_set_flag(sets, which, Int32(numbers.count), numbers, CAP_SET) }
            }
        }
        try attempt("cap_set_proc") { cap_set_proc(sets) }
    }
}

extension Capabilities {
    /// Empties all five sets and locks the securebits, for good: needs CAP_SETPCAP, as the root of a new namespace has it.
    package static func dropAll() throws(SystemError) {
        try lockSecureBits()
        try limitBounding(to: [])
        try clearAmbient()
        try keepOnly([])
    }

    /// Gives up everything but `kept` as far as this thread can, for a process that has set no_new_privs.
    ///
    /// CAP_SETPCAP is not there where an account was given two capabilities only, or none. Then nobody has more to give:
    /// with no_new_privs the bounding set and the securebits grant nothing.
    package static func limit(to kept: CapabilitySet) throws(SystemError) {
        if try CapabilitySet.effective().contains(.setpcap) {
            try lockSecureBits()
            try limitBounding(to: kept)
        }
        try clearAmbient()
        try keepOnly(kept)
    }

    /// Takes capabilities of the permitted set into the calling thread's effective set, or out of it.
    package static func setEffective(_ capabilities: CapabilitySet, _ effective: Bool) throws(SystemError) {
        guard let sets = cap_get_proc() else { throw SystemError("cap_get_proc", Errno.current) }
        defer { cap_free(UnsafeMutableRawPointer(sets)) }
        let numbers = capabilities.numbers
        let value = effective ? CAP_SET : CAP_CLEAR
        try attempt("cap_set_flag") { cap_set_flag(sets, CAP_EFFECTIVE, Int32(numbers.count), numbers, value) }
        try attempt("cap_set_proc") { cap_set_proc(sets) }
    }
}
