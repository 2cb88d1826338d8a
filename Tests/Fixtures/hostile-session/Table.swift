import CRawCalls
import Glibc

/// How an attempt ended.
enum Happening: Sendable {
    case succeeded
    /// As expected.
    case refused(String)
    /// With an answer that proves nothing about the way out.
    case odd(String)
}

/// Makes each attempt, prints a row for each: promise, class, attempt, defences, expected refusal, what happened.
func makeAttempts(_ attempts: [Attempt], in situation: Situation) -> (succeeded: Int, odd: Int) {
    var succeeded = 0
    var odd = 0
    for attempt in attempts {
        let words: String
        switch happening(of: attempt, in: situation) {
        case .succeeded:
            succeeded += 1
            words = "SUCCEEDED"
        case .refused(let answer): words = "refused: \(answer)"
        case .odd(let answer):
            odd += 1
            words = "ODD: \(answer)"
        }
        let expected = attempt.expected.map(nameOfErrno).joined(separator: "|")
        let row = [
            attempt.promise.rawValue, attempt.kind.rawValue, attempt.name,
            attempt.defences.map(\.rawValue).joined(separator: "+"), expected.isEmpty ? "nothing won" : expected, words,
        ]
        print(row.joined(separator: "\t"))
        fflush(stdout_stream())
    }
    return (succeeded, odd)
}

func nameOfErrno(_ number: Int32) -> String {
    strerrorname_np(number).map { String(cString: $0) } ?? "errno \(number)"
}

/// Makes the attempt in a child that has ten seconds.
private func happening(of attempt: Attempt, in situation: Situation) -> Happening {
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return .odd("pipe2: \(nameOfErrno(errno))") }
    let child = fork()
    if child == 0 {
        close(ends[0])
        alarm(10)
        tell(ends[1], report(of: attempt, in: situation))
        _exit(0)
    }
    close(ends[1])
    var room = [UInt8](repeating: 0, count: 1024)
    let length = read(ends[0], &room, room.count)
    close(ends[0])
    var status: Int32 = 0
    waitpid(child, &status, 0)
    let answer = String(decoding: room[..<max(0, length)], as: UTF8.self)
    switch answer.first {
    case "S": return .succeeded
    case "R": return .refused(String(answer.dropFirst()))
    case "O": return .odd(String(answer.dropFirst()))
    default: return .odd("the attempt ended with signal \(raw_signal(status)), status \(raw_exit_status(status))")
    }
}

private func tell(_ end: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    if write(end, bytes, bytes.count) != bytes.count { _exit(1) }
}

/// S, or R or O and how it was refused.
private func report(of attempt: Attempt, in situation: Situation) -> String {
    // What an attempt mounts or unmounts, where it can, must not change what the next one meets.
    let mayMount = unshare(CLONE_NEWNS) == 0 && mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0
    if !mayMount && (situation.isRehearsal || situation.isNested) { return "Orehearsal: \(nameOfErrno(errno))" }
    do {
        try attempt.body(situation)
        return "S"
    } catch let refusal as Refused {
        guard let number = refusal.number else { return "R\(refusal.call)" }
        let words = "\(refusal.call): \(nameOfErrno(number))"
        return attempt.expected.contains(number) ? "R\(words)" : "O\(words)"
    } catch {
        return "O\(error)"
    }
}
