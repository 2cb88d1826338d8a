import Linux
import Plan

/// Makes this process the account outside, with its groups and without any capability.
///
/// One exception, until there is a namespace: whoever maps uid 0 of its own namespace into another must hold CAP_SETFCAP
/// when it unshares (user_namespaces(7), since Linux 5.12), or file capabilities could be forged.
///
/// For root that is for good; an account that held capabilities gives them up here, before it has a namespace.
func becomeAccount(_ identity: Identity) throws(RunFailure) {
    let account = identity.account
    let kept = try explained { () throws(SystemError) in
        account.user.rawValue == 0 ? try CapabilityState.current().permitted.intersection(.setfcap) : []
    }
    try explained { () throws(SystemError) in
        let changesUser = Credentials.realUser != account.user.rawValue
        let changesGroup = Credentials.realGroup != account.group.rawValue
        if changesUser || changesGroup {
            try Credentials.setSupplementaryGroups(account.supplementaryGroups.map(\.rawValue))
            try Credentials.setGroup(account.group.rawValue)
            try Credentials.setUser(account.user.rawValue)
        }
        try Capabilities.clearAmbient()
        try Capabilities.keepOnly(kept)
    }
    try verifyBecome(account, kept)
}

private func verifyBecome(_ account: Account, _ kept: CapabilitySet) throws(RunFailure) {
    let state = try explained { () throws(SystemError) in try CapabilityState.current() }
    let isAccount =
        Credentials.realUser == account.user.rawValue && Credentials.effectiveUser == account.user.rawValue
        && Credentials.realGroup == account.group.rawValue && Credentials.effectiveGroup == account.group.rawValue
    guard isAccount, state.permitted == kept, state.effective == kept, state.ambient.isEmpty else {
        throw RunFailure("berth could not become account \(account.user.rawValue):\(account.group.rawValue)")
    }
}
