import Foundation
import Glibc
import Testing

/// How a program ended, and what it said.
struct Outcome: CustomStringConvertible {
    /// As shells have it: 128 and the signal's number where one ended it.
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// For the failure message of a test.
    var description: String { "status \(status)\noutput: \(output)\nerrors: \(errors)" }
}

/// Why a program could not be run to its end.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A program to run, its words as execvp(3) takes them.
struct Command {
    var words: [String]
    var environment: [String: String] = [:]
    var directory = "/"
    var input = ""
    /// Seconds; a program that takes longer is killed, and the test fails.
    var deadline = 300.0

    init(_ words: [String]) { self.words = words }
    init(_ words: String...) { self.words = words }

    /// Runs the program to its end.
    @discardableResult
    func run() throws -> Outcome { try start().wait(deadline) }

    /// Runs a program whose failure is not what is being tested.
    @discardableResult
    func mustRun() throws -> Outcome {
        let outcome = try run()
        if outcome.status != 0 { throw CommandError("\(words.joined(separator: " ")): \(outcome)") }
        return outcome
    }

    func start() throws -> Running { try Running(self) }

    fileprivate var wholeEnvironment: [String] {
        var whole = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
        whole.merge(environment) { $1 }
        return whole.map { "\($0)=\($1)" }
    }
}

/// A program that runs, in a session (setsid) of its own.
final class Running {
    let process: pid_t
    private let outputPath: String
    private let errorPath: String
    private var ended: Int32?

    fileprivate init(_ command: Command) throws {
        let stem = "\(Machine.directory)/output-\(UUID().uuidString)"
        outputPath = stem + ".out"
        errorPath = stem + ".err"
        try Data(command.input.utf8).write(to: URL(fileURLWithPath: stem + ".in"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, stem + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addchdir_np(&actions, command.directory)
        // Foundation and the test runner have descriptors of their own that programs should not see.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSID) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        process = try spawn(command.words, command.wholeEnvironment, &actions, &attributes)
        unlink(stem + ".in")
    }

    deinit {
        if ended == nil {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        unlink(outputPath)
        unlink(errorPath)
    }

    func send(_ signal: Int32) { kill(process, signal) }

    var output: String { contents(of: outputPath) }
    var errors: String { contents(of: errorPath) }

    /// True once it can be waited for without waiting. Leaves it to be waited for.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
    }

    /// Waits for the end, at most `deadline` seconds.
    func wait(_ deadline: Double = 300) throws -> Outcome {
        var status: Int32 = 0
        let end = Date().addingTimeInterval(deadline)
        while ended == nil {
            let answer = waitpid(process, &status, WNOHANG)
            if answer == process { ended = status }
            if answer == -1 && errno != EINTR { throw CommandError("waitpid: errno \(errno)") }
            if answer == 0 {
                if Date() > end { throw CommandError("still running after \(deadline) s: \(output)\(errors)") }
                usleep(2_000)
            }
        }
        let signal = ended! & 0x7f
        return Outcome(
            status: signal == 0 ? (ended! >> 8) & 0xff : 128 + signal, output: output, errors: errors)
    }
}

private func spawn(
    _ words: [String], _ environment: [String], _ actions: inout posix_spawn_file_actions_t,
    _ attributes: inout posix_spawnattr_t
) throws -> pid_t {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var process: pid_t = 0
    let answer = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, &variables)
    if answer != 0 { throw CommandError("\(words[0]): \(String(cString: strerror(answer)))") }
    return process
}

/// A small file as text; empty if it cannot be read.
func contents(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

/// Looks every few milliseconds whether something has come about; in vain once the program that does it has ended.
func waitUntil(
    _ what: String, by program: Running? = nil, within seconds: Double = 30, _ holds: () throws -> Bool
) throws {
    let end = Date().addingTimeInterval(seconds)
    while try !holds() {
        if let program, program.hasEnded {
            if try holds() { return }
            throw CommandError("ended before this was so: \(what): \(try program.wait())")
        }
        if Date() > end { throw CommandError("after \(seconds) s still not so: \(what)") }
        usleep(5_000)
    }
}

/// The status of a run whose output matters only where the status is another.
func expect(status: Int32, _ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
}
