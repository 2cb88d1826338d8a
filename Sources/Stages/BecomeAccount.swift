import Linux
import Plan

/// Makes this process the account outside, with its groups and without any capability.
///
/// For root that is for good; an account that held capabilities gives them up here, before it has a namespace.
func becomeAccount(_ identity: Identity) throws(RunFailure) {
    let account = identity.account
    try explained { () throws(SystemError) in
        let changesUser = Credentials.realUser != account.user.rawValue
        let changesGroup = Credentials.realGroup != account.group.rawValue
        if changesUser || changesGroup {
            try Credentials.setSupplementaryGroups(account.supplementaryGroups.map(\.rawValue))
            try Credentials.setGroup(account.group.rawValue)
            try Credentials.setUser(account.user.rawValue)
        }
        try Capabilities.clearAmbient()
        try Capabilities.keepOnly([])
    }
    try verifyBecome(account)
}

private func verifyBecome(_ account: Account) throws(RunFailure) {
    let state = try explained { () throws(SystemError) in try CapabilityState.current() }
    let isAccount =
        Credentials.realUser == account.user.rawValue && Credentials.effectiveUser == account.user.rawValue
        && Credentials.realGroup == account.group.rawValue && Credentials.effectiveGroup == account.group.rawValue
    guard isAccount, state.permitted.isEmpty, state.effective.isEmpty, state.ambient.isEmpty else {
        throw RunFailure("berth could not become account \(account.user.rawValue):\(account.group.rawValue)")
    }
}
