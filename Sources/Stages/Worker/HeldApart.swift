import BasicContainers
import Glibc
import Linux

/// Detached copies of the trees, in the hands of a process whose root is empty from now on: neither a path nor `..` leads
/// from one of them anywhere else. Whatever is mounted below a tree's root is read-only in its copy, since it is no part of
/// the tree. The working directory is this process's /proc/self/fd, detached as well.
///
/// EPERM where there is no CAP_SYS_ADMIN. Call it in a process of one thread.
func holdApart(_ trees: [FileReference]) throws(SystemError) -> UniqueArray<Descriptor> {
    if !Defence.workerRoot.isUp { throw SystemError("unshare", Errno(EPERM)) }
    var held = UniqueArray<Descriptor>()
    // unshare(2) carries one directory over: each but the last has a thread for it, and for that time a namespace.
    for tree in trees.dropLast() { held.append(try onThread { () throws(SystemError) in try cloneApart(tree) }) }
    if let last = trees.last { held.append(try cloneApart(last)) } else { try leaveNamespace() }
    let descriptors = try cloneDescriptorDirectory()
    try enterEmptyRoot()
    try descriptors.enter()
    return held
}

private func cloneApart(_ tree: FileReference) throws(SystemError) -> Descriptor {
    let isReadOnly = try tree.mountOptions().contains(.readOnly)
    let copy = try cloneInOwnNamespace(tree)
    guard try copy.status().identity == tree.status().identity else { throw SystemError("open_tree", Errno(ESTALE)) }
    try copy.setMountAttributes([.noSetUserID, .noDevices, .readOnly])
    if !isReadOnly { try copy.allowWritesToMount() }
    return copy
}

/// Has another thread open something, while this one waits: its namespaces end with it.
private func onThread(
    _ open: @escaping @Sendable () throws(SystemError) -> Descriptor
) throws(SystemError) -> Descriptor {
    let answer = ThreadAnswer()
    try Thread.start {
        do throws(SystemError) { answer.result = .success(try open().release()) } catch {
            answer.result = .failure(error)
        }
    }.join()
    return Descriptor(owning: try answer.result!.get())
}

private final class ThreadAnswer: @unchecked Sendable {
    // Sendable: written by the thread, and read when that has been joined.
    var result: Result<Int32, SystemError>?
}
