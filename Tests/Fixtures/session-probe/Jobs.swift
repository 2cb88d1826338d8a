import CRawCalls
import Glibc

/// Does one thing with its arguments and answers the exit status.
typealias Job = @Sendable ([String]) throws -> Int32

let jobs: [String: Job] = [
    "calls": { try makeCalls($0) },
    "state": { _ in printState() },
    "signals": { try printSignals(to: $0[0]) },
    "map-write": { try mapWrite($0[0], kilobytes: Int($0[1])!) },
    "make-files": { try makeFiles(in: $0[0], directories: Int($0[1])!, each: Int($0[2])!) },
    "make-foreign-tree": { try makeForeignTree($0[0], uid: UInt32($0[1])!, gid: UInt32($0[2])!) },
    "churn": { try churn(in: $0[0], stable: Int($0[1])!, rounds: Int($0[2])!) },
    "exchange": { try exchange($0[0], $0[1]) },
    "refuse-namespaces": { try refuseNamespaces(andRun: $0) },
    "refuse-mounts": { try refuseMounts(andRun: $0) },
    "refuse-backing-files": { try refuseBackingFiles(andRun: $0) },
    "limit-files": { try limitFiles(to: Int($0[0])!, andRun: Array($0.dropFirst())) },
    "plant-key": { try plantKey(andRun: $0) },
    "orphan": { try leaveOrphan(writing: $0[0]) },
    "without-stdio": { try withoutStandardStreams(andRun: $0) },
    "listen": { try listen(asAbstract: $0[0]) },
    "lock": { try lock($0[0], $0[1], $0[2], $0[3]) },
    "lock-at-once": { try lockAtOnce($0[0], $0[1], count: Int($0[2])!) },
]

/// A call that failed, or a promise that was not kept.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

@discardableResult
func must<Number: SignedInteger>(_ call: String, _ answer: Number) throws -> Number {
    if answer == -1 { throw Trouble("\(call): \(String(cString: strerror(errno)))") }
    return answer
}

/// exec(3) by the command's name.
func execute(_ command: [String]) throws -> Int32 {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    return Int32(try must("execvp \(command[0])", execvp(arguments[0]!, &arguments)))
}

/// What /proc/self/status does not tell: the securebits, and whether others may look into this process.
private func printState() -> Int32 {
    print("securebits \(raw_prctl(PR_GET_SECUREBITS, 0, 0, 0, 0))")
    print("no_new_privs \(raw_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))")
    print("seccomp \(raw_prctl(PR_GET_SECCOMP, 0, 0, 0, 0))")
    var blocked = sigset_t()
    sigprocmask(SIG_SETMASK, nil, &blocked)
    let changed = (1..<65).filter { number in
        raw_is_ignored(Int32(number)) == 1 || sigismember(&blocked, Int32(number)) == 1
    }
    print("signals blocked or ignored \(changed)")
    return 0
}

/// Says `ready`, then the number of each signal as it comes; ends with 0 after SIGTERM.
private func printSignals(to path: String) throws -> Int32 {
    let file = try must("open", raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0o644))
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGWINCH, SIGCONT] { sigaddset(&wanted, number) }
    sigprocmask(SIG_BLOCK, &wanted, nil)
    _ = try must("write", write(file, "ready\n", 6))
    while true {
        var number: Int32 = 0
        sigwait(&wanted, &number)
        let line = "\(number)\n"
        _ = try must("write", write(file, line, line.utf8.count))
        if number == SIGTERM { return 0 }
    }
}

/// Fills a new file through a shared mapping and ends at once: no msync, no munmap, no close.
private func mapWrite(_ path: String, kilobytes: Int) throws -> Int32 {
    let file = try must("open", raw_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC, 0o644))
    try must("ftruncate", ftruncate(file, kilobytes << 10))
    guard let bytes = mmap(nil, kilobytes << 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), bytes != MAP_FAILED
    else { throw Trouble("mmap: \(String(cString: strerror(errno)))") }
    memset(bytes, 0x6d, kilobytes << 10)
    kill(getpid(), SIGKILL)
    return 1
}

/// Leaves a grandchild behind that ends a little later; its parent is gone by then.
private func leaveOrphan(writing path: String) throws -> Int32 {
    if try must("fork", fork()) == 0 {
        if try must("fork", fork()) == 0 {
            usleep(100_000)
            let file = try must("open", raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT, 0o644))
            let line = "\(getppid())\n"
            _ = try must("write", write(file, line, line.utf8.count))
            _exit(0)
        }
        _exit(0)
    }
    wait(nil)
    return 0
}
