import CFuse
import Glibc
import Linux

/// What becomes of a lock that another's is in the way of.
package enum LockConflict: Sendable {
    /// The caller is told so.
    case refuses
    /// Nobody is told: the same lock is asked for again, to wait for.
    case postpones
    /// The call blocks until the lock is had, or the thread is interrupted.
    case waits
}

/// Locks in libfuse's table. The kernel sends them only where the file system wanted to be asked.
func addLockOperations(_ table: inout fuse_lowlevel_ops) {
    table.getlk = { request, node, file, lock in
        answer(request) { (fs) throws(Errno) in .lock(try fs.lockInTheWay(node, file!.pointee, of: lock!.pointee)) }
    }
    table.setlk = { request, node, file, lock, sleeps in
        let (file, lock) = (file!.pointee, lock!.pointee)
        answerLock(request, node, waits: sleeps != 0, unlocks: lock.l_type == F_UNLCK) { (fs, conflict) throws(Errno) in
            try fs.setLock(node, file, lock, conflict)
        }
    }
    table.flock = { request, node, file, operation in
        let file = file!.pointee
        let caller = request.map { fuse_req_ctx($0).pointee.pid } ?? 0
        let wanted = operation & ~LOCK_NB
        answerLock(request, node, waits: wanted == operation, unlocks: wanted == LOCK_UN) {
            (fs, conflict) throws(Errno) in
            try fs.lockWhole(node, file, wanted, conflict, caller: caller)
        }
    }
}

/// Answers a request for a lock: at once if it can be had or need not be waited for, else when the wait is over.
private func answerLock(
    _ request: fuse_req_t?, _ node: NodeNumber, waits: Bool, unlocks: Bool,
    _ work: @escaping @Sendable (any FileSystem, LockConflict) throws(Errno) -> Void
) {
    answer(request) { (fs) throws(Errno) in
        do throws(Errno) { try work(fs, waits ? .postpones : .refuses) } catch {
            guard waits, !unlocks, error == Errno(EAGAIN) else { throw error }
            let worker = Worker.current
            let postponed = PostponedRequest(
                request: request!, unique: worker.pointee.unique, device: worker.pointee.device,
                watch: worker.pointee.watch?.forLater())
            try worker.pointee.waits.begin(postponed) { () throws(Errno) in try work(fs, .waits) }
            worker.pointee.watch?.leave()
            return .postponed
        }
        return .done
    }
}

/// Tells the kernel that a node's attributes may have changed: before it answers from its cache the next time, it looks.
package func invalidateAttributes(of node: NodeNumber) {
    let device = Worker.current.pointee.device
    var message = AttributeInvalidation(
        header: fuse_out_header(
            len: UInt32(MemoryLayout<AttributeInvalidation>.size), error: Int32(FUSE_NOTIFY_INVAL_INODE.rawValue),
            unique: 0),
        // A negative offset: of the data nothing goes by itself.
        body: fuse_notify_inval_inode_out(ino: UInt64(node), off: -1, len: 0))
    // ENOENT: the kernel has forgotten the node, and so keeps nothing of it.
    _ = write(device, &message, MemoryLayout<AttributeInvalidation>.size)
}

private struct AttributeInvalidation {
    var header: fuse_out_header
    var body: fuse_notify_inval_inode_out
}
