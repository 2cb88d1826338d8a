import CLinux
import Glibc

/// A set of signal(7) numbers.
package struct SignalSet: Sendable {
    private var set = sigset_t()

    package init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
    }

    private init(_ set: sigset_t) { self.set = set }

    /// The set with further signals.
    package func union(_ signals: [Int32]) -> SignalSet {
        var all = self
        for signal in signals { sigaddset(&all.set, signal) }
        return all
    }

    /// sigprocmask(2), SIG_SETMASK; answers the mask that was in force before.
    package func block() throws(SystemError) -> SignalSet {
        var new = set
        var old = sigset_t()
        try attempt("sigprocmask") { sigprocmask(SIG_SETMASK, &new, &old) }
        return SignalSet(old)
    }

    /// sigtimedwait(2): takes the next pending signal of the set; nil after `milliseconds` without one (nil: waits on).
    package func wait(within milliseconds: Int? = nil) throws(SystemError) -> ArrivedSignal? {
        var wanted = set
        var information = siginfo_t()
        var limit = timespec(tv_sec: (milliseconds ?? 0) / 1000, tv_nsec: (milliseconds ?? 0) % 1000 * 1_000_000)
        do {
            let number = try attempt("sigtimedwait") {
                milliseconds == nil
                    ? sigwaitinfo(&wanted, &information) : sigtimedwait(&wanted, &information, &limit)
            }
            return ArrivedSignal(number: number, fromKernel: information.si_code > 0)
        } catch {
            if error.reason == Errno(EAGAIN) { return nil }
            throw error
        }
    }
}

/// clock_gettime(2), CLOCK_MONOTONIC: milliseconds from a point in the past that stays the same.
package func monotonicMilliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// A signal that was waited for.
package struct ArrivedSignal: Hashable, Sendable {
    package var number: Int32
    /// The kernel sent it, as it does to a whole foreground process group when a key is pressed; no process did.
    package var fromKernel: Bool
}

/// Puts every signal's action back to what a fresh program expects; ignored ones as well.
package func resetSignalActions() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = SIG_DFL
    for number in 1..<Int32(65) where number != SIGKILL && number != SIGSTOP { sigaction(number, &action, nil) }
}

extension ProcessID {
    /// waitpid(2), WNOHANG, for any child that ended or stopped; nil when there is none (yet).
    package static func collect() throws(SystemError) -> (process: ProcessID, status: ExitStatus)? {
        var status: Int32 = 0
        do {
            let number = try attempt("waitpid") { waitpid(-1, &status, WNOHANG | WUNTRACED) }
            return number == 0 ? nil : (ProcessID(number), ExitStatus(waitStatus: status))
        } catch {
            if error.reason == Errno(ECHILD) { return nil }
            throw error
        }
    }

    /// waitpid(2) until this child has ended.
    package func wait() throws(SystemError) -> ExitStatus {
        var status: Int32 = 0
        try attempt("waitpid", on: "\(rawValue)") { waitpid(rawValue, &status, 0) }
        return ExitStatus(waitStatus: status)
    }

    /// The children of the calling process, orphans it was given included: /proc/thread-self/children, proc(5).
    package static func children() throws(SystemError) -> [ProcessID] {
        try readText("/proc/thread-self/children").split(separator: " ").compactMap { pid_t($0) }.map(ProcessID.init)
    }
}

/// signal(2), SIG_IGN: what would have sent them does no more than fail.
package func ignoreSignals(_ numbers: [Int32]) {
    for number in numbers { signal(number, SIG_IGN) }
}
