import Glibc
import Linux

/// Runs `body` under the umask of the process that made the request.
///
/// The kernel keeps one umask for all threads that share their file system state, clone(2) CLONE_FS: each thread that
/// makes something gets a state of its own first. It keeps the working directory.
func withUmask<Value>(_ mask: mode_t, _ body: () throws(Errno) -> Value) throws(Errno) -> Value {
    if pthread_getspecific(ownState) == nil {
        _ = try errnoCall { unshare(CLONE_FS) }
        pthread_setspecific(ownState, UnsafeRawPointer(bitPattern: 1))
    }
    umask(mask)
    return try body()
}

/// Set in a thread that has a file system state of its own.
private let ownState: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
}()
