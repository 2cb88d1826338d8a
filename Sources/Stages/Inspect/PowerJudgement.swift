import Linux
import Plan

/// Promise (a) of berth-security(7): no capability, and no way to get one back.
extension ProcessFacts {
    func powerLines(_ role: ProcessRole, _ context: InspectionContext) -> [InspectionLine] {
        [idLine("uids", status.users, role, context), idLine("gids", status.groups, .foreign, context)]
            + setLines(role)
            + [secureBitsLine(role, context), lockLine(role), seccompLine(role)]
            + [filterLine, dumpableLine(role, context)].compactMap { $0 }
    }

    /// The machine's root must not be among them.
    private func idLine(
        _ item: String, _ ids: [UInt32], _ role: ProcessRole, _ context: InspectionContext
    ) -> InspectionLine {
        let value = ids.map { "\($0)" }
        guard role.isOfAccount else { return InspectionLine(item, value, .notPromised) }
        return .promised(item, .seen(ids), "not root outside", show: { _ in value }) { ids in
            context.seesRealIDs ? !ids.contains(0) : nil
        }
    }

    private func setLines(_ role: ProcessRole) -> [InspectionLine] {
        let sets: [(String, CapabilitySet)] = [
            ("effective", status.effective), ("permitted", status.permitted), ("inheritable", status.inheritable),
            ("bounding", status.bounding), ("ambient", status.ambient),
        ]
        return sets.map { name, set in
            let value = set.isEmpty ? ["none"] : set.names
            if role == .starting { return InspectionLine(name, value, .notPromised) }
            if name == "bounding" && !role.isOfAccount { return InspectionLine(name, value, .notPromised) }
            if role == .ownerWorker && (name == "effective" || name == "permitted") {
                let promise = "nothing but cap_chown and cap_dac_override"
                return InspectionLine(name, value, ownerCapabilities.isSuperset(of: set) ? .holds : .broken, promise)
            }
            return InspectionLine(name, value, set.isEmpty ? .holds : .broken, "empty")
        }
    }

    /// /proc does not tell them.
    private func secureBitsLine(_ role: ProcessRole, _ context: InspectionContext) -> InspectionLine {
        guard role == .session || role == .supervisor else {
            return InspectionLine("securebits", ["unknown"], .notPromised)
        }
        let promise = "locked"
        guard let bits = context.recordedSecureBits else {
            return InspectionLine("securebits", ["unknown"], .unseen, promise)
        }
        let value = ["0x" + String(bits, radix: 16), "by the status lines"]
        return InspectionLine("securebits", value, bits == Capabilities.lockedSecureBits ? .holds : .broken, promise)
    }

    /// Without it an empty bounding set keeps capabilities away as well, but not another user's id.
    private func lockLine(_ role: ProcessRole) -> InspectionLine {
        let value = [status.noNewPrivileges ? "1" : "0"]
        if role == .starting { return InspectionLine("no_new_privs", value, .notPromised) }
        return InspectionLine("no_new_privs", value, status.noNewPrivileges ? .holds : .broken, "set")
    }

    private func seccompLine(_ role: ProcessRole) -> InspectionLine {
        let value = [status.seccompMode.map { "\($0)" } ?? "none"]
        guard [.session, .supervisor, .stranger, .fileServer, .ownerWorker].contains(role) else {
            return InspectionLine("seccomp", value, .notPromised)
        }
        return InspectionLine("seccomp", value, status.seccompMode == 2 ? .holds : .broken, "filters in force")
    }

    private var filterLine: InspectionLine? {
        status.seccompFilters.map { InspectionLine("seccomp_filters", ["\($0)"], .notPromised) }
    }

    /// Promise (d): nobody of the same account reads berth's own processes. They are executed as berth, outside.
    private func dumpableLine(_ role: ProcessRole, _ context: InspectionContext) -> InspectionLine? {
        guard [.supervisor, .fileServer, .initial, .ownerWorker].contains(role) else { return nil }
        let outer = context.top.outerNamespace.value
        let dumpable = isDumpable(executedIn: outer, seenFrom: context.own)
        return .promised(
            "dumpable", dumpable.map { .seen($0) } ?? .missing, "no", show: { [$0 ? "yes" : "no"] }, rule: { !$0 })
    }
}

extension ProcessRole {
    /// It is the account and nobody else.
    fileprivate var isOfAccount: Bool { self != .ownerWorker && self != .foreign && self != .starting }
}
