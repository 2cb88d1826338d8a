import Foundation

/// The system calls that a process made once its filter was in force, as strace(1) wrote them down.
struct TracedProcess: Sendable {
    enum Role: Sendable { case server, worker, broker, other }

    var calls: Set<String> = []

    /// By what each of them alone does.
    var role: Role {
        if calls.contains("umask") { return .server }
        if calls.contains("getdents64") && calls.contains("fchownat") { return .worker }
        return calls.contains("recvmsg") && !calls.contains("openat") ? .broker : .other
    }

    /// Runs a command under strace(1), but not what berth executes; the processes that installed a filter.
    static func trace(_ tree: Tree, _ words: [String], _ body: (Running) throws -> Void) throws -> [TracedProcess] {
        let path = "\(tree.root)/calls-\(UUID().uuidString.prefix(8))"
        let running = try Command(["strace", "-f", "--detach-on=execve", "-qq", "-o", path] + words).start()
        try body(running)
        return parse(contents(of: path))
    }

    /// Threads are followed to their process; a call is counted where it begins.
    static func parse(_ text: String) -> [TracedProcess] {
        var leaders: [Substring: Substring] = [:]
        var filtered: [Substring: TracedProcess] = [:]
        var begun: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            guard let blank = line.firstIndex(of: " ") else { continue }
            let thread = line[..<blank]
            let words = line[blank...].drop { $0 == " " }
            let leader = leaders[thread] ?? thread
            leaders[thread] = leader
            guard let name = words.hasPrefix("<") ? nil : words.split(separator: "(").first else {
                note(clone: words, flags: begun[thread], leader, &leaders)
                continue
            }
            if words.contains("unfinished") { begun[thread] = words }
            note(clone: words, flags: words, leader, &leaders)
            if words.hasPrefix("seccomp(SECCOMP_SET_MODE_FILTER") && words.contains("{len=") {
                filtered[leader] = TracedProcess()
            } else if name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
                filtered[leader]?.calls.insert(String(name))
            }
        }
        return Array(filtered.values)
    }

    /// A new thread belongs to its process; a child is one itself.
    private static func note(
        clone words: Substring, flags: Substring?, _ leader: Substring, _ leaders: inout [Substring: Substring]
    ) {
        guard words.hasPrefix("clone") || words.hasPrefix("<... clone"), let flags, flags.contains("CLONE_THREAD"),
            let answer = words.split(separator: " ").last, answer.allSatisfy(\.isNumber)
        else { return }
        leaders[answer] = leader
    }
}
