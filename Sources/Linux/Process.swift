import CLinux
import Glibc

/// A process by its number.
package struct ProcessID: Hashable, Sendable {
    package let rawValue: pid_t

    package init(_ rawValue: pid_t) { self.rawValue = rawValue }

    package static var current: ProcessID { ProcessID(getpid()) }
    package static var parent: ProcessID { ProcessID(getppid()) }

    /// kill(2).
    package func send(_ signal: Int32) throws(SystemError) {
        try attempt("kill", on: "\(rawValue)") { kill(rawValue, signal) }
    }
}

/// How a process ended or stopped, wait(2).
package enum ExitStatus: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
    case stopped(signal: Int32)

    package init(waitStatus: Int32) {
        if berth_wifstopped(waitStatus) != 0 {
            self = .stopped(signal: berth_wstopsig(waitStatus))
        } else if berth_wifsignaled(waitStatus) != 0 {
            self = .killed(signal: berth_wtermsig(waitStatus))
        } else {
            self = .exited(berth_wexitstatus(waitStatus))
        }
    }
}

/// fork(2): runs `child` in a copy of this process, which then leaves through _exit(2) with the number it answers.
///
/// Call it while there is one thread. The copy owns copies of every descriptor and of every noncopyable value. With
/// `namespaces` it is clone(2), and the copy lives in new ones.
package func fork(into namespaces: NamespaceKinds = [], _ child: () -> Int32) throws(SystemError) -> ProcessID {
    let number = try attempt(namespaces.isEmpty ? "fork" : "clone") {
        namespaces.isEmpty ? Glibc.fork() : berth_fork_into(UInt(namespaces.rawValue))
    }
    if number == 0 { _exit(child()) }
    return ProcessID(number)
}

/// Settings of the calling process, prctl(2).
package enum ProcessControl {
    /// PR_SET_NO_NEW_PRIVS: exec grants nothing from now on; inherited, for good.
    package static func setNoNewPrivileges() throws(SystemError) {
        try attempt("prctl", on: "PR_SET_NO_NEW_PRIVS") { berth_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
    }

    /// PR_SET_DUMPABLE: whether others of the same account may read this process's memory and /proc entries.
    package static func setDumpable(_ dumpable: Bool) throws(SystemError) {
        try attempt("prctl", on: "PR_SET_DUMPABLE") { berth_prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0) }
    }

    /// PR_GET_DUMPABLE.
    package static func isDumpable() throws(SystemError) -> Bool {
        try attempt("prctl", on: "PR_GET_DUMPABLE") { berth_prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) } != 0
    }

    /// PR_GET_SECCOMP: 0 off, 2 filters are in force.
    package static func seccompMode() throws(SystemError) -> Int32 {
        try attempt("prctl", on: "PR_GET_SECCOMP") { berth_prctl(PR_GET_SECCOMP, 0, 0, 0, 0) }
    }

    /// PR_SET_PDEATHSIG: the signal that comes when the parent ends. Changes of credentials forget it.
    package static func setParentDeathSignal(_ signal: Int32) throws(SystemError) {
        try attempt("prctl", on: "PR_SET_PDEATHSIG") { berth_prctl(PR_SET_PDEATHSIG, UInt(signal), 0, 0, 0) }
    }

    /// PR_SET_CHILD_SUBREAPER: orphans below this process become its children.
    package static func becomeSubreaper() throws(SystemError) {
        try attempt("prctl", on: "PR_SET_CHILD_SUBREAPER") { berth_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }
    }

    /// Leaves the program's name of its command line, /proc/PID/cmdline: the other words are overwritten.
    package static func forgetArguments() {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            if let word = CommandLine.unsafeArgv[index] { memset(word, 0, strlen(word)) }
        }
    }

    /// PR_SET_NAME: the name that ps(1) shows, at most 15 bytes.
    package static func setName(_ name: String) throws(SystemError) {
        try attempt("prctl", on: "PR_SET_NAME") {
            name.withCString { berth_prctl(PR_SET_NAME, UInt(bitPattern: $0), 0, 0, 0) }
        }
    }
}

/// sysconf(3), _SC_NPROCESSORS_ONLN: at least 1.
package func onlineProcessors() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
