import Linux
import Synchronization

/// One of the trees of a walk.
final class WalkedTree: Sendable {
    let root: OpenDirectory
    let fileSystem: TreeFileSystem
    private let refused = Atomic<Bool>(false)
    private let abandoned = Atomic<Bool>(false)

    /// ENOTDIR where the descriptor stands for something else than a directory.
    static func open(_ directory: FileReference, number: Int, by calls: TreeCalls) throws(SystemError) -> WalkedTree {
        let opened: Descriptor
        do throws(Errno) { opened = try calls.openDirectory(".", in: directory) } catch {
            throw SystemError("openat", on: ".", error)
        }
        do throws(Errno) { return try WalkedTree(opened, number: number) } catch {
            throw SystemError("statx", on: "tree", error)
        }
    }

    private init(_ directory: consuming Descriptor, number: Int) throws(Errno) {
        let status = try EntryStatus.of(directory.file)
        fileSystem = TreeFileSystem(directory.file)
        root = OpenDirectory(directory, Place(root: status, ofTree: number), status)
    }

    var mountID: UInt64 { root.status.mountID }

    /// Whether something in it could not be changed; its root then stays as it is.
    var hasRefusals: Bool { refused.load(ordering: .relaxed) }
    func noteRefusal() { refused.store(true, ordering: .relaxed) }

    /// Whether there is no use in going on with it, since everything would be refused for the same reason.
    var isAbandoned: Bool { abandoned.load(ordering: .relaxed) }
    func abandon() { abandoned.store(true, ordering: .relaxed) }
}
