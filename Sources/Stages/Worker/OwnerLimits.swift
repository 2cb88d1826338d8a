import Linux

/// Gives up whatever a walk does not need: the root directory, where it can be; every capability but `kept`; every
/// descriptor but those named and 0 to 2; and, where the kernel has Landlock, every directory but the trees.
///
/// The trees are held by other descriptors from then on. Call it before there is a second thread: the kernel keeps all of
/// this for each thread, and those to come inherit it.
func limitWalk(
    to kept: CapabilitySet, trees: [FileReference], keeping others: [FileReference]
) throws(RunFailure) -> WalkGround {
    var ground = try explained { () throws(SystemError) in try WalkGround.enter(trees) }
    let before = try explained { () throws(SystemError) in try CapabilityState.current() }
    try explained { () throws(SystemError) in
        try closeAll(but: ground.files + others)
        try ProcessControl.setDumpable(false)
        try ProcessControl.setNoNewPrivileges()
        try Capabilities.limit(to: kept)
        try Defence.serverLandlock.raise { () throws(SystemError) in
            ground.confinement.hasLandlock = try Landlock.confine(toListing: ground.files)
        }
    }
    let now = try explained { () throws(SystemError) in try CapabilityState.current() }
    guard now.isLimited(to: kept, before: before) else {
        throw RunFailure("the owner worker could not drop all but \(kept.names.joined(separator: ", "))")
    }
    return ground
}

extension CapabilityState {
    /// Without CAP_SETPCAP the bounding set and the securebits stay as they were, and grant nothing with no_new_privs.
    fileprivate func isLimited(to kept: CapabilitySet, before: CapabilityState) -> Bool {
        guard permitted == kept, effective == kept, inheritable.isEmpty, ambient.isEmpty, noNewPrivileges else {
            return false
        }
        guard before.effective.contains(.setpcap) else { return true }
        return bounding.isSubset(of: kept) && secureBits == Capabilities.lockedSecureBits
    }
}
