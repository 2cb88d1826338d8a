import Linux
import Plan

/// What is known about the capabilities that berth was started with, and where they come from.
struct CapabilityFacts: Sendable {
    var state: CapabilityState
    var starter: Starter
    /// Those that berth's own file gives; nil where it has none.
    var file: FileCapabilities?
    /// The mount that the file lies on has the option nosuid.
    var fileMountIsNoSetUserID: Bool

    static func gathered(_ state: CapabilityState, _ starter: Starter) throws(SystemError) -> CapabilityFacts {
        let program = "/proc/self/exe"
        let options = try FileReference.workingDirectory.open(program, .pathOnly).mountOptions()
        return CapabilityFacts(
            state: state, starter: starter, file: try FileCapabilities.of(program),
            fileMountIsNoSetUserID: options.contains(.noSetUserID))
    }

    var findings: [DoctorFinding] {
        [.ok("capabilities", "\(held), \(origin)", facts: facts)] + [fileFinding ?? ownerFinding].compactMap { $0 }
    }

    private var held: String {
        if state.effective.isEmpty { return "berth holds no capability" }
        let missing = CapabilitySet.all.subtracting(state.effective).names
        if missing.isEmpty { return "berth holds every capability" }
        if missing.count <= 8 { return "berth holds every capability but \(missing.joined(separator: " "))" }
        return "berth holds \(state.effective.names.joined(separator: " "))"
    }

    private var origin: String {
        switch starter {
        case .root: return "as root has them"
        case .namespaceRoot: return "over its own user namespace only, as its root has them"
        case .ordinaryAccount, .capableAccount:
            if !state.ambient.isEmpty { return "ambient: whoever started the container gave them" }
            if state.permitted.isEmpty { return "as an ordinary account" }
            return file == nil ? "from whoever started it" : "from berth's file"
        }
    }

    private var facts: [Fact] {
        let sets: [(String, CapabilitySet)] = [
            ("effective", state.effective), ("permitted", state.permitted), ("inheritable", state.inheritable),
            ("bounding", state.bounding), ("ambient", state.ambient), ("file", file?.permitted ?? []),
        ]
        return sets.map { Fact($0.0, .list($0.1.names.map { .text($0) })) }
            + [Fact("no_new_privs", .flag(state.noNewPrivileges))]
    }

    /// berth's file has capabilities that the process did not get.
    private var fileFinding: DoctorFinding? {
        guard let file, starter == .ordinaryAccount, !state.permitted.isSuperset(of: file.permitted) else { return nil }
        let sentence = "berth's file has \(file.permitted.names.joined(separator: " ")), which berth did not get"
        if state.noNewPrivileges { return .note(Gate.fileCapabilitiesLocked, sentence) }
        if fileMountIsNoSetUserID { return .note(Gate.fileCapabilitiesOnNoSetUserIDMount, sentence) }
        return .note(Gate.fileCapabilitiesInForeignNamespace, sentence)
    }

    private var ownerFinding: DoctorFinding? {
        if state.effective.isSuperset(of: ownerCapabilities) {
            return .ok("owner-capabilities", "the files of a home can be given to the account")
        }
        return .note(
            Gate.noOwnerCapabilities, "without cap_chown and cap_dac_override, files of others in a home stay theirs")
    }
}
