import Fuse
import Glibc
import Linux

/// Whoever can register files with the kernel as those that it reads and writes by itself, for another file's sake.
package protocol BackingRegistrar: Sendable {
    /// The number that stands for the file with the kernel, above 0.
    func open(_ file: FileReference) throws(Errno) -> Int32
    /// Gives the number back.
    func close(_ number: Int32)
}

/// How each open file is read and written: by the kernel itself, in its backing file, or by this server.
///
/// The kernel wants one way for all that have a file open at the same time, and the same backing file: the first one
/// decides, and the last one to close it gives the backing file back. What the kernel knows to be open is known here from
/// before it is told until after it has said that it closed it; so the two never disagree.
final class BackingFiles: @unchecked Sendable {
    // Sendable: `uses` and `isStarted` are touched under `mutex` alone.
    private let registrar: any BackingRegistrar
    /// A handle's open file holds locks, which are to end with it.
    private let handlesLock: Bool
    private let mutex = Mutex()
    private var uses: [NodeNumber: Use] = [:]
    private var isStarted = false

    private struct Use {
        /// 0 where the server reads and writes.
        var backing: Int32
        var opens = 1
        /// Somebody may change it without a word to the server.
        var changes: Bool
    }

    init(_ registrar: any BackingRegistrar, handlesLock: Bool = false) {
        self.registrar = registrar
        self.handlesLock = handlesLock
    }

    /// The kernel has agreed.
    func start() { mutex.locked { isStarted = true } }

    /// Counts an open of the node, to change it if `changes`; its backing file, or 0 where the server reads and writes.
    /// `suits` says whether a file that nobody has open yet may be passed on.
    func open(_ node: NodeNumber, _ file: FileReference, suits: Bool, changes: Bool) -> Int32 {
        if !mutex.locked({ isStarted }) { return 0 }
        if let known = mutex.locked({ join(node, changes) }) { return known }
        let own = suits ? register(file) : 0
        let agreed = mutex.locked {
            if let known = join(node, changes) { return known }
            uses[node] = Use(backing: own, changes: changes && own != 0)
            return own
        }
        // Another thread was quicker, and its word counts.
        if own != 0 && agreed != own { registrar.close(own) }
        return agreed
    }

    /// Under the mutex.
    private func join(_ node: NodeNumber, _ changes: Bool) -> Int32? {
        guard let index = uses.index(forKey: node) else { return nil }
        uses.values[index].opens += 1
        let backing = uses.values[index].backing
        if changes && backing != 0 { uses.values[index].changes = true }
        return backing
    }

    /// The kernel may be changing this file, and then its times, just now.
    func mayChange(_ node: NodeNumber) -> Bool { mutex.locked { uses[node]?.changes ?? false } }

    /// Counts a close; the last one gives the backing file back.
    func close(_ node: NodeNumber) {
        let last = mutex.locked { () -> Int32 in
            guard let index = uses.index(forKey: node) else { return 0 }
            uses.values[index].opens -= 1
            if uses.values[index].opens > 0 { return 0 }
            return uses.remove(at: index).value.backing
        }
        if last != 0 { registrar.close(last) }
    }

    /// 0 where the kernel refuses: it is read and written as if nothing had been asked.
    ///
    /// The kernel keeps what it is given, an open file with its locks, until the last one who has opened the file is done
    /// with it; of one that was opened by O_PATH it takes the place of the file only, which is all it needs.
    private func register(_ file: FileReference) -> Int32 {
        do throws(Errno) {
            guard handlesLock else { return try registrar.open(file) }
            let place = try withPath(of: file) { (path) throws(Errno) in
                try FileReference.workingDirectory.openNumber(path, O_PATH)
            }
            defer { Glibc.close(place) }
            return try registrar.open(FileReference(place))
        } catch { return 0 }
    }

    /// Why no file at all can be registered; nil where some can.
    func refusal(tryingWith directory: FileReference) -> Errno? {
        do throws(Errno) {
            registrar.close(try registrar.open(directory))
            return nil
        } catch {
            // It looks for the right to do so first; that a directory is none to read and write comes later.
            return error == Errno(EPERM) || error == Errno(EPIPE) ? error : nil
        }
    }
}
