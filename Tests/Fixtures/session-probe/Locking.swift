import CRawCalls
import Glibc

/// Takes a lock on a file, says how that went, and holds it until it is killed: `record`, the whole of it by fcntl(2), or
/// `whole`, by flock(2); `shared` or `exclusive`; `try` or `wait`.
func lock(_ path: String, _ kind: String, _ mode: String, _ patience: String) throws -> Int32 {
    let file = try must("open \(path)", raw_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0))
    say("asking")
    let reason = ask(file, kind, exclusive: mode == "exclusive", waits: patience == "wait")
    say(reason == 0 ? "locked" : "refused \(reason)")
    while reason == 0 { pause() }
    return 1
}

/// As many processes that wait for a shared lock at once; says how many of them ended with which error number.
func lockAtOnce(_ path: String, _ kind: String, count: Int) throws -> Int32 {
    var children: [pid_t] = []
    for _ in 0..<count {
        let child = try must("fork", fork())
        if child == 0 {
            let file = raw_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0)
            say("asking")
            _exit(file < 0 ? 255 : ask(file, kind, exclusive: false, waits: true))
        }
        children.append(child)
    }
    var answers: [Int32: Int] = [:]
    for child in children {
        var status: Int32 = 0
        try must("waitpid", waitpid(child, &status, 0))
        answers[raw_exited(status) != 0 ? raw_exit_status(status) : -1, default: 0] += 1
    }
    say("answers " + answers.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " "))
    return 0
}

/// 0, or why not.
private func ask(_ file: Int32, _ kind: String, exclusive: Bool, waits: Bool) -> Int32 {
    let answer: Int32
    if kind == "record" {
        var wanted = Glibc.flock()
        wanted.l_type = Int16(exclusive ? F_WRLCK : F_RDLCK)
        answer = raw_lock(file, waits ? F_SETLKW : F_SETLK, &wanted)
    } else {
        answer = flock(file, (exclusive ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB))
    }
    return answer == 0 ? 0 : errno
}

/// At once, though standard output may be a file.
private func say(_ words: String) {
    let line = Array((words + "\n").utf8)
    _ = write(1, line, line.count)
}
