/// What a seccomp(2) filter answers, call by call: values only, so that it can be planned, printed and tested.
package struct FilterProfile: Hashable, Sendable {
    /// For every call that no rule speaks of.
    package var defaultAction: FilterAction
    /// The other processor interfaces of this machine whose calls are judged as well, as libseccomp names them, such as
    /// `x86`. A call by an interface that is not listed ends the process, unless `otherwise` is something else.
    package var architectures: [String]
    package var rules: [FilterRule]
    package var flags: FilterFlags
    /// Whether calls by the machine's own interface are judged.
    package var judgesNative = true
    /// For calls by an interface that is not judged, where another filter judges them.
    package var otherwise = FilterAction.killThread
    /// Calls that are looked for before others, since they are made often and have conditions: the kernel remembers no
    /// answer to them.
    package var foremost: [String] = []

    package init(
        defaultAction: FilterAction, architectures: [String], rules: [FilterRule], flags: FilterFlags = []
    ) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.rules = rules
        self.flags = flags
    }
}

/// The answers of seccomp(2). Where two filters answer differently, the kernel takes the stricter one.
package enum FilterAction: Hashable, Sendable {
    case allow
    /// Allowed, and written to the kernel's log.
    case log
    /// The tracer decides, and gets the number; without one the call fails with ENOSYS.
    case trace(UInt16)
    /// The call fails with this number of errno(3).
    case fail(UInt16)
    /// SIGSYS.
    case trap
    case killThread
    case killProcess

    /// SCMP_ACT_*, which are macros with arguments.
    var code: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .log: 0x7ffc_0000
        case .trace(let message): 0x7ff0_0000 | UInt32(message)
        case .fail(let number): 0x0005_0000 | UInt32(number)
        case .trap: 0x0003_0000
        case .killThread: 0
        case .killProcess: 0x8000_0000
        }
    }
}

/// One answer for some calls, where all conditions hold.
package struct FilterRule: Hashable, Sendable {
    /// As the manual's section 2 has them. A name that libseccomp does not know is passed over.
    package var names: [String]
    package var action: FilterAction
    package var conditions: [ArgumentCondition]

    package init(_ action: FilterAction, _ names: [String], where conditions: [ArgumentCondition] = []) {
        self.names = names
        self.action = action
        self.conditions = conditions
    }
}

/// A comparison of one argument of a call, all 64 bits of it.
package struct ArgumentCondition: Hashable, Sendable {
    package enum Comparison: Hashable, Sendable, CaseIterable {
        case notEqual, less, lessOrEqual, equal, greaterOrEqual, greater
        /// The argument's bits that are set in `value` are those of `second`.
        case maskedEqual
    }

    /// From 0 to 5.
    package var index: UInt32
    package var comparison: Comparison
    package var value: UInt64
    package var second: UInt64

    package init(_ index: UInt32, _ comparison: Comparison, _ value: UInt64, _ second: UInt64 = 0) {
        self.index = index
        self.comparison = comparison
        self.value = value
        self.second = second
    }
}

/// SECCOMP_FILTER_FLAG_* of seccomp(2).
package struct FilterFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// All threads of the process; there is only one.
    package static let allThreads = FilterFlags(rawValue: 1)
    /// Refused calls are logged.
    package static let log = FilterFlags(rawValue: 2)
    /// The mitigation of speculative store bypass is left off.
    package static let allowSpeculation = FilterFlags(rawValue: 4)
}
