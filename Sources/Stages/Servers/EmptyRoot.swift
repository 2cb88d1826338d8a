import Linux

/// A detached copy of the mounts at and below a directory, taken in a new mount namespace of the calling thread.
///
/// The working directory is what unshare(2) carries over into the new namespace; a descriptor stays in the old one, where
/// nothing can be cloned from. nil: the working directory as it is. Whoever climbs out of the copy comes to its end.
func cloneInOwnNamespace(_ directory: FileReference?) throws(SystemError) -> Descriptor {
    if let directory { try directory.enter() }
    try leaveNamespace()
    return try FileReference.workingDirectory.cloneTree()
}

/// A new mount namespace for the calling thread, in which nothing that is mounted outside appears any more.
func leaveNamespace() throws(SystemError) {
    try unshare([.mount])
    try makePrivate("/")
}

/// A detached copy of this process's /proc/self/fd, by which files are reached again: call it in the mount namespace that
/// will be emptied, before that.
func cloneDescriptorDirectory() throws(SystemError) -> Descriptor {
    try FileReference.workingDirectory.cloneTree("/proc/self/fd")
}

/// Replaces the root by an empty, read-only directory; everything that was mounted in this namespace is gone with it.
func enterEmptyRoot() throws(SystemError) {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("mode", "0555")
    let empty = try context.mount([.readOnly, .noSetUserID, .noDevices, .noExecution])
    let root = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
    try empty.attach(onto: root.file)
    try empty.enter()
    // pivot_root(".", "."), pivot_root(2): the old root lies on the new one afterwards, and is taken off it.
    try pivotRoot(newRoot: ".", oldRoot: ".")
    try detachMount(".")
    try FileReference.workingDirectory.open("/", [.pathOnly, .directory]).enter()
}
