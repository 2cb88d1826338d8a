import Linux
import Plan

/// What a process of a session is measured against.
struct InspectionContext: Sendable {
    /// Whoever inspects.
    var own: ProcessFacts
    /// The supervisor, or the root of a foreign tree.
    var top: ProcessFacts
    var isOfBerth: Bool
    /// The mount namespaces in which processes of the session may be.
    var sessionMountNamespaces: Set<String>
    /// Those of `--json-status-fd`, of the moment before the hand-off; nil without its lines.
    var recordedSecureBits: UInt32?
    /// The network namespace that the session then had for itself; nil without the lines, or where it had none.
    var recordedNetwork: String?
    /// What the command got then, by number; empty without the lines.
    var recordedDescriptors: [Int32: String] = [:]
    /// Whether it was allowed user namespaces; nil without the lines.
    var allowsNamespaces: Bool?

    /// Ids that we read of others are the machine's own.
    var seesRealIDs: Bool { own.userMap.value == .initial }

    /// Whether a process's namespace of a kind is another than ours; nil where either is hidden.
    func differs(_ kind: String, _ link: String) -> Bool? { own.namespace(kind).map { $0 != link } }
}

extension ProcessFacts {
    /// Every line about this process, in the order in which they are told.
    func lines(as role: ProcessRole, in context: InspectionContext) -> [InspectionLine] {
        var lines = powerLines(role, context) + namespaceLines(role, context)
        lines += descriptorLines(role, context)
        lines.append(.told("program", program) { [$0] })
        lines.append(.told("label", label) { [$0] })
        for limit in limits.value ?? [] {
            lines.append(InspectionLine("limit \(limit.name)", [limit.soft, limit.hard], .notPromised))
        }
        if role == .stranger {
            let promise = "every process in the session's namespaces is a descendant of berth"
            lines.insert(InspectionLine("descent", ["parent \(status.parent)"], .broken, promise), at: 0)
        }
        return isNested(role, context) ? lines.map { $0.nested(context) } : lines
    }

    /// In a user namespace that the session made: its descendant, and in another namespace than the supervisor.
    private func isNested(_ role: ProcessRole, _ context: InspectionContext) -> Bool {
        guard role == .session, let own = namespace("user"), let session = context.top.namespace("user") else {
            return false
        }
        return own != session
    }
}

extension InspectionLine {
    /// What power, namespaces and working directory are in a namespace of the session's own making is not promised with
    /// `--allow-userns`. Without it that there is one at all breaks a promise. Without the status lines nobody can tell.
    fileprivate func nested(_ context: InspectionContext) -> InspectionLine {
        guard mark == .broken || mark == .unseen || item == "securebits", !Self.alsoWhenNested.contains(item),
            !value.contains("the FUSE device")
        else { return self }
        // The lines told them of the command; a new user namespace begins with none.
        let words = (item == "securebits" ? ["unknown"] : value) + ["in a namespace of the session's making"]
        switch context.allowsNamespaces {
        case true: return InspectionLine(item, words, .notPromised)
        case false: return InspectionLine(item, words, item == "securebits" ? .unseen : mark, promise)
        case nil: return InspectionLine(item, words, .unseen, promise)
        }
    }

    /// Nobody is root outside, gains power by execution, or does without the filter.
    private static let alsoWhenNested: Set = ["uids", "no_new_privs", "seccomp", "uid_map", "setgroups"]
}
