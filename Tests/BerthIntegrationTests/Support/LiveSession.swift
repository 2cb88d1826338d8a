import Foundation
import Glibc
import Testing

/// A session that waits, to be looked at and tampered with from outside.
struct LiveSession {
    let tree: Tree
    let running: Running
    let report: Report
    /// The command's process number.
    let process: pid_t

    /// The processes that tamper with it, ended with it.
    private(set) var intruders: [Running] = []

    /// Starts a session that waits for a file in its home, for the time of the block.
    static func with(
        _ starter: Starter = .rootNamingAccount, script: String = "",
        tree prepare: (Tree) throws -> [String] = \.options,
        _ body: (inout LiveSession) throws -> Void
    ) throws {
        try starter.needed()
        try withTree { tree in
            let wait = "while [ ! -e \"$HOME/go\" ]; do sleep 0.05; done"
            let (run, report) = try BerthRun(try prepare(tree), script: script + wait, starter).reporting(in: tree)
            let running = try run.start()
            let started = try report.wait(forEvent: "session-started", by: running)
            var session = LiveSession(
                tree: tree, running: running, report: report, process: pid_t(started["pid"] as? Int ?? 0))
            defer { for intruder in session.intruders { intruder.send(SIGKILL) } }
            try body(&session)
            try make(tree.home + "/go")
            _ = try running.wait(60)
        }
    }

    /// Runs a program of root's in namespaces of the session, and leaves it running there.
    mutating func intrude(_ words: [String], shows marker: String) throws {
        let intruder = try Command(words).start()
        intruders.append(intruder)
        let process = intruder.process
        try waitUntil("the intruder runs", by: intruder) { contents(of: "/proc/\(process)/comm") == marker + "\n" }
    }

    func inspect(_ name: String? = nil, as prefix: [String] = []) throws -> InspectAnswer {
        try InspectAnswer(
            try Command(prefix + [Machine.program("berth"), "inspect", "--json", name ?? "\(process)"]).run())
    }
}

/// What `berth inspect --json` said.
struct InspectAnswer {
    struct Line {
        var role: String
        var process: Int
        var item: String
        var value: [String]
        var mark: String
    }

    let outcome: Outcome
    let lines: [Line]
    let isOfBerth: Bool
    let top: Int

    init(_ outcome: Outcome) throws {
        self.outcome = outcome
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        guard let object, object["version"] as? Int == 1, let holds = object["holds"] as? Bool,
            let sections = object["sections"] as? [[String: Any]], holds == (outcome.status == 0)
        else { throw CommandError("no answer of inspect: \(outcome)") }
        isOfBerth = object["berth"] as? Bool ?? false
        top = object["top"] as? Int ?? 0
        lines = sections.flatMap { section in
            (section["lines"] as? [[String: Any]] ?? []).map { line in
                Line(
                    role: section["role"] as? String ?? "", process: section["pid"] as? Int ?? 0,
                    item: line["item"] as? String ?? "", value: line["value"] as? [String] ?? [],
                    mark: line["mark"] as? String ?? "")
            }
        }
    }

    /// The items of the lines with a mark, without doubles.
    func items(_ mark: String) -> Set<String> { Set(lines.filter { $0.mark == mark }.map(\.item)) }

    var roles: Set<String> { Set(lines.map(\.role)) }
    /// For the failure message of a test: what is not as it should be.
    var trouble: String {
        "\(outcome.status) \(lines.filter { $0.mark == "broken" || $0.mark == "unseen" }) \(outcome.errors)"
    }
}
