import Fuse
import Glibc
import Linux

/// What a serving thread has of its own: the umask that files are made with, and CAP_FSETID.
private struct MakerState {
    /// The kernel keeps one umask for all threads that share their file system state, clone(2) CLONE_FS.
    var hasOwnUmask = false
    /// nil is not known yet: a thread begins with what the one that started it had at that moment.
    var keepsSetID: Bool?

    static var current: UnsafeMutablePointer<MakerState> {
        if let known = pthread_getspecific(makerKey) { return known.assumingMemoryBound(to: MakerState.self) }
        let state = UnsafeMutablePointer<MakerState>.allocate(capacity: 1)
        state.initialize(to: MakerState())
        pthread_setspecific(makerKey, state)
        return state
    }
}

private let makerKey: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { $0!.deallocate() }
    return key
}()

extension PassthroughFileSystem {
    /// Runs `body`, which makes a file, under the umask of the caller; where the mount is for everybody, with the
    /// caller's user and group as well, so that the file belongs to the caller, and the source's own rules for sgid
    /// directories and default ACLs hold.
    ///
    /// The capabilities of a server that is root stay in force, since the securebits say so: whether the caller may make
    /// the file, and with which set-id bits, has been decided by the kernel.
    func making<Value>(
        _ place: NewPlace, mode: mode_t = 0, _ body: () throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let state = MakerState.current
        if !state.pointee.hasOwnUmask {
            _ = try errnoCall { unshare(CLONE_FS) }
            state.pointee.hasOwnUmask = true
        }
        umask(place.umask)
        if mode & S_ISGID != 0 { try keepSetID(true) }
        // Of a mount that can be mapped, the kernel names nobody where nothing is made: a hard link.
        guard makesForCallers, place.user != UInt32.max else { return try body() }
        let (user, group) = (try outside(place.user), try outside(place.group))
        defer { becomeServer(insteadOf: user, group) }
        if group != account.group { try Credentials.setFileSystemGroup(group) }
        if user != account.user { try Credentials.setFileSystemUser(user) }
        return try body()
    }

    /// Everything else is done by the server as itself: whoever asks next, a source with rules of its own, such as one on
    /// NFS, must not see this caller.
    private func becomeServer(insteadOf user: UInt32, _ group: UInt32) {
        do throws(Errno) {
            if user != account.user { try Credentials.setFileSystemUser(account.user) }
            if group != account.group { try Credentials.setFileSystemGroup(account.group) }
        } catch { fatalError("a thread of the file server cannot lay down its caller's identity: \(error)") }
    }

    /// Runs `body`, which changes a file's data, so that set-id bits go where the caller's power does not keep them.
    ///
    /// A server without CAP_FSETID cannot but clear them.
    func changingData<Value>(
        clearsSetID: Bool = requestClearsSetID, _ body: () throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try keepSetID(!clearsSetID)
        return try body()
    }

    /// Has CAP_FSETID in force, or not, where the server holds it.
    func keepSetID(_ keeps: Bool) throws(Errno) {
        guard mayKeepSetID else { return }
        let state = MakerState.current
        if state.pointee.keepsSetID == keeps { return }
        do { try Capabilities.setEffective(.fsetid, keeps) } catch { throw error.reason }
        state.pointee.keepsSetID = keeps
    }

    /// What an id of the mount is in the source.
    func outside(_ id: UInt32) throws(Errno) -> UInt32 {
        if settings.identities.lines.isEmpty || id == UInt32.max { return id }
        guard let outside = settings.identities.outside(of: id) else { throw Errno(EOVERFLOW) }
        return outside
    }
}
