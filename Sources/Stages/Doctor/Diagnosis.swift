import Linux
import Plan

/// Looks at everything that `berth run` depends on, and changes nothing.
///
/// Call it from a process of one thread: what cannot be undone is tried in copies of it. Returns within half a minute,
/// whatever does not answer.
package func diagnose(_ request: DoctorRequest, in surroundings: Surroundings) throws(RunFailure) -> Diagnosis {
    let (identity, identityFindings) = resolve(request.account, in: surroundings)
    guard let identity else { return Diagnosis(findings: identityFindings) }
    let trial = try Trial.made(as: identity)
    var findings = identityFindings
    findings += try machineFindings(trial)
    findings +=
        UserNamespaceFacts(
            settings: .current(), map: surroundings.userMap, trial: trial, identity: identity
        ).findings
    findings += FuseFacts(device: .found(), trial: trial).findings
    findings += try accountFindings(identity, surroundings)
    let paths = try PathFacts.gathered(request.paths, identity, surroundings.capabilities)
    findings += paths.flatMap(\.findings)
    findings.append(try Rehearsal.finding(identity))
    return Diagnosis(findings: findings)
}

private func machineFindings(_ trial: Trial) throws(RunFailure) -> [DoctorFinding] {
    try explained { () throws(SystemError) in try KernelFacts.gathered(trial).findings }
}

private func accountFindings(_ identity: Identity, _ surroundings: Surroundings) throws(RunFailure) -> [DoctorFinding] {
    try explained { () throws(SystemError) in
        try CapabilityFacts.gathered(surroundings.capabilities, identity.starter).findings
            + SubordinateFacts.gathered(identity.account, surroundings).findings
            + ControlGroupFacts.gathered(identity).findings
    }
}

/// Who the account would be. Root has to name one: unless it does here too, an account that owns nothing stands for it.
private func resolve(_ wish: AccountWish?, in surroundings: Surroundings) -> (Identity?, [DoctorFinding]) {
    var request = Request()
    request.account = wish
    do { return (try Identity(resolving: request, in: surroundings), []) } catch {
        guard wish == nil, surroundings.ids.effectiveUser == 0 else {
            return (nil, [.problem("identity", error.message, cure: error.hint)])
        }
        request.account = AccountWish(.user(UserID(nobody)), group: GroupID(nobody))
        let note = DoctorFinding.note(
            "account-needed", "\(error.message); what follows is judged for the uid and gid \(nobody)", cure: error.hint
        )
        do { return (try Identity(resolving: request, in: surroundings), [note]) } catch {
            return (nil, [.problem("identity", error.message, cure: error.hint)])
        }
    }
}

/// The overflow id of user_namespaces(7).
private let nobody: UInt32 = 65534
