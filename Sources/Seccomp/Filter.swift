import CSeccomp
import Glibc
import Linux

/// A filter of libseccomp's, seccomp_init(3): put together, and then loaded into this process.
package struct Filter: ~Copyable {
    let context: scmp_filter_ctx

    package init(defaultAction: FilterAction) throws(SystemError) {
        guard let context = seccomp_init(defaultAction.code) else { throw SystemError("seccomp_init", Errno(ENOMEM)) }
        self.context = context
    }

    deinit { seccomp_release(context) }

    /// seccomp_arch_add(3): calls by another processor interface, as libseccomp names it, are judged by the same rules.
    package func add(architecture name: String) throws(SystemError) {
        let token = seccomp_arch_resolve_name(name)
        guard token != 0 else { throw SystemError("seccomp_arch_resolve_name", on: name, Errno(EINVAL)) }
        let answer = seccomp_arch_add(context, token)
        if answer != -EEXIST { try succeed("seccomp_arch_add", on: name, answer) }
    }

    /// seccomp_arch_remove(3): calls by the machine's own interface are not judged.
    package func removeNativeArchitecture() throws(SystemError) {
        try succeed("seccomp_arch_remove", seccomp_arch_remove(context, seccomp_arch_native()))
    }

    /// SCMP_FLTATR_ACT_BADARCH: for calls by an interface that is not judged.
    package func set(otherwise action: FilterAction) throws(SystemError) {
        try succeed("seccomp_attr_set", seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, action.code))
    }

    /// SCMP_FLTATR_CTL_OPTIMIZE: the calls as a binary tree instead of one after the other.
    func searchAsTree() throws(SystemError) {
        try succeed("seccomp_attr_set", seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2))
    }

    /// seccomp_rule_add(3), for each name. Conditions on different arguments must all hold; where an argument has several,
    /// each condition is a rule of its own, as container engines read such rules.
    package func add(_ rule: FilterRule) throws(SystemError) {
        let repeats = Set(rule.conditions.map(\.index)).count < rule.conditions.count
        let alternatives = repeats ? rule.conditions.map { [$0] } : [rule.conditions]
        for name in rule.names {
            // What this libseccomp has no number for it cannot tell apart.
            guard let number = callNumber(name) else { continue }
            for conditions in alternatives {
                let comparisons = conditions.map(\.inLibrary)
                let answer = seccomp_rule_add_array(
                    context, rule.action.code, number, UInt32(comparisons.count), comparisons)
                // EEXIST: another rule answers the same call differently. It may not be passed over.
                try succeed("seccomp_rule_add", on: name, answer)
            }
        }
    }

    /// seccomp_syscall_priority(3), the highest there is.
    package func lookFirst(for name: String) throws(SystemError) {
        guard let number = callNumber(name) else { return }
        try succeed("seccomp_syscall_priority", on: name, seccomp_syscall_priority(context, number, 255))
    }

    package func set(_ flags: FilterFlags) throws(SystemError) {
        let attributes: [(FilterFlags, scmp_filter_attr)] = [
            (.log, SCMP_FLTATR_CTL_LOG), (.allowSpeculation, SCMP_FLTATR_CTL_SSB),
            (.allThreads, SCMP_FLTATR_CTL_TSYNC),
        ]
        for (flag, attribute) in attributes where flags.contains(flag) {
            try succeed("seccomp_attr_set", seccomp_attr_set(context, attribute, 1))
        }
    }

    /// seccomp_load(3): in force for this process from now on, and for every process it starts. Needs no_new_privs.
    package func load() throws(SystemError) { try succeed("seccomp_load", seccomp_load(context)) }

    /// libseccomp answers the negative error number.
    func succeed(_ call: String, on subject: String? = nil, _ answer: Int32) throws(SystemError) {
        if answer < 0 { throw SystemError(call, on: subject, Errno(-answer)) }
    }
}

/// seccomp_syscall_resolve_name(3); nil for a name that the installed libseccomp does not know.
package func callNumber(_ name: String) -> Int32? {
    let number = seccomp_syscall_resolve_name(name)
    return number == -1 ? nil : number  // __NR_SCMP_ERROR
}

extension ArgumentCondition {
    fileprivate var inLibrary: scmp_arg_cmp {
        let operation =
            switch comparison {
            case .notEqual: SCMP_CMP_NE
            case .less: SCMP_CMP_LT
            case .lessOrEqual: SCMP_CMP_LE
            case .equal: SCMP_CMP_EQ
            case .greaterOrEqual: SCMP_CMP_GE
            case .greater: SCMP_CMP_GT
            case .maskedEqual: SCMP_CMP_MASKED_EQ
            }
        return scmp_arg_cmp(arg: index, op: operation, datum_a: value, datum_b: second)
    }
}
