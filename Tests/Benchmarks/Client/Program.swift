import Glibc

/// A program to run, its words as execvp(3) takes them.
struct Program {
    let words: [String]
    init(_ words: [String]) { self.words = words }
    init(_ words: String...) { self.words = words }

    struct Ended {
        /// As shells have it: 128 and the signal's number where one ended it.
        var status: Int32
        var output: String
        var errors: String
        var seconds: Double
    }

    /// Runs it to its end; what it writes is kept in memory, so that a server which stays behind holds nothing up.
    func run() throws -> Ended {
        let output = memfd_create("output", 0)
        let errors = memfd_create("errors", 0)
        defer {
            close(output)
            close(errors)
        }
        if output < 0 || errors < 0 { throw Trouble("memfd_create: \(String(cString: strerror(errno)))") }
        let begin = now()
        let process = try spawn(words, input: nil, output: output, errors: errors)
        let status = try waitFor(process)
        let seconds = now() - begin
        return Ended(status: status, output: text(of: output), errors: text(of: errors), seconds: seconds)
    }

    @discardableResult
    func mustRun() throws -> Ended {
        let ended = try run()
        if ended.status != 0 {
            throw Trouble("\(words.joined(separator: " ")): status \(ended.status): \(ended.errors)\(ended.output)")
        }
        return ended
    }
}

/// Starts a program with these three descriptors, no other, and an input that is empty if none is given.
func spawn(_ words: [String], input: Int32?, output: Int32, errors: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // The driver ignores SIGPIPE; programs are not to inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var pipes = sigset_t()
    sigemptyset(&pipes)
    sigaddset(&pipes, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &pipes)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let answer = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    if answer != 0 { throw Trouble("\(words[0]): \(String(cString: strerror(answer)))") }
    return process
}

/// The status of a child, once it has ended.
func waitFor(_ process: pid_t) throws -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) != process {
        if errno != EINTR { throw Trouble("waitpid: \(String(cString: strerror(errno)))") }
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
}

private func text(of file: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let length = pread(file, &chunk, chunk.count, off_t(bytes.count))
        if length <= 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes.append(contentsOf: chunk[..<length])
    }
}
