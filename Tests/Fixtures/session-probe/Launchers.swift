import CRawCalls
import Glibc

/// Runs a command that will be refused new user namespaces with EPERM.
func refuseNamespaces(andRun command: [String]) throws -> Int32 {
    try must("seccomp", raw_refuse_user_namespaces())
    return try execute(command)
}

/// Runs a command that may make namespaces, but will be refused mounts in them with EPERM.
func refuseMounts(andRun command: [String]) throws -> Int32 {
    try must("seccomp", raw_refuse_mounts())
    return try execute(command)
}

/// Runs a command that cannot have the kernel read and write files of a FUSE mount by itself.
func refuseBackingFiles(andRun command: [String]) throws -> Int32 {
    try must("seccomp", raw_refuse_backing_files())
    return try execute(command)
}

/// Runs a command under RLIMIT_NOFILE.
func limitFiles(to count: Int, andRun command: [String]) throws -> Int32 {
    var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
    try must("setrlimit", setrlimit(__rlimit_resource_t(7), &limit))
    return try execute(command)
}

/// Runs a command whose session keyring holds a key.
func plantKey(andRun command: [String]) throws -> Int32 {
    try must("keyctl", raw_call(Int(SYS_keyctl), 1, 0, 0, 0, 0, 0))
    let key = "user".withCString { kind in
        "berth-canary".withCString { name in
            // Into the session keyring, KEY_SPEC_SESSION_KEYRING.
            raw_call(
                Int(SYS_add_key), Int(bitPattern: kind), Int(bitPattern: name), Int(bitPattern: name), 12, -3, 0)
        }
    }
    try must("add_key", key)
    return try execute(command)
}

/// Runs a command with descriptors 0, 1 and 2 closed.
func withoutStandardStreams(andRun command: [String]) throws -> Int32 {
    for number in Int32(0)..<3 { close(number) }
    return try execute(command)
}
