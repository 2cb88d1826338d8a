import Glibc
import Linux

/// Does what mount(8) asks of a helper, and returns when the mount answers; `fake`, as soon as all is looked at.
///
/// Failures have mount(8)'s exit status. The work is done by a process of its own: a source on a server that does not
/// answer cannot be left by any handler of a signal, but its caller can always be told that it was interrupted.
package func mountForTable(_ request: MountRequest, fake: Bool) throws(RunFailure) {
    do throws(RunFailure) {
        let before = try explained { () throws(SystemError) in try awaited.block() }
        let worker = try Child.start("mounting process") { (_) throws(RunFailure) in
            _ = try explained { () throws(SystemError) in try before.block() }
            do throws(RunFailure) { try fake ? rehearseMount(request) : mount(request) } catch {
                throw error.withMountStatus()
            }
        }
        try end(of: worker)
    } catch { throw error.withMountStatus() }
}

private let awaited = endings.union([SIGCHLD])

/// Waits for the worker, and tells it to end where a signal asks for that: it takes away what it has mounted by then.
private func end(of worker: borrowing Child) throws(RunFailure) {
    while true {
        let signal = try explained { () throws(SystemError) in try awaited.wait() }
        if let signal, signal.number != SIGCHLD {
            // Not the signal itself: SIGQUIT, which dumps core, does not end a wait for a server that is stuck.
            try explained { () throws(SystemError) in try worker.process.send(SIGTERM) }
        }
        switch try endOf(worker.process) {
        case .exited(0): return
        case .exited:
            _ = try worker.report(within: 0)
            throw RunFailure("the \(worker.name) gave no reason", by: .berth)
        case .killed(let number) where endingNumbers.contains(number): throw RunFailure(interruptedBy: number)
        case .killed(let number): throw RunFailure("the \(worker.name) was ended by signal \(number)", by: .berth)
        case .stopped, nil: continue
        }
    }
}
