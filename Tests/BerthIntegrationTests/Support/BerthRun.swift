import Foundation

/// `berth run`, started by somebody.
struct BerthRun {
    var options: [String]
    var command: [String]
    var starter = Starter.ordinaryAccount
    /// What stands between the starter and berth.
    var wrapper: [String] = []
    /// What stands before the starter, with the power of whoever runs the tests.
    var surroundings: [String] = []
    var environment: [String: String] = [:]
    var directory = "/"
    var deadline = 300.0

    init(_ options: [String], _ command: [String], _ starter: Starter = .ordinaryAccount) {
        self.options = options
        self.command = command
        self.starter = starter
    }

    /// A session whose command is a script of the shell.
    init(_ options: [String], script: String, _ starter: Starter = .ordinaryAccount) {
        self.init(options, ["sh", "-c", script], starter)
    }

    private var whole: Command {
        let berth = [Machine.program("berth"), "run"] + starter.options + options
        var whole = Command(
            surroundings + starter.prefix + wrapper + berth + (command.isEmpty ? [] : ["--"] + command))
        whole.environment = ["HOME": "/nowhere", "USER": TestAccount.first.name].merging(environment) { $1 }
        whole.directory = directory
        whole.deadline = deadline
        return whole
    }

    func run() throws -> Outcome { try whole.run() }
    func start() throws -> Running { try whole.start() }

    /// The same run with its status lines in a file of the tree.
    func reporting(in tree: Tree) throws -> (run: BerthRun, report: Report) {
        let path = tree.root + "/status.jsonl"
        try make(path, mode: 0o666)
        var run = self
        run.wrapper = ["sh", "-c", "f=$1; shift; exec \"$@\" 9>\"$f\"", "sh", path] + wrapper
        run.options += ["--json-status-fd", "9"]
        return (run, Report(path: path))
    }
}

/// The status lines of a run, read while it goes on or afterwards.
struct Report {
    let path: String

    var lines: [String] { contents(of: path).split(separator: "\n").map(String.init) }

    /// Every line must be a JSON object of version 1.
    func events() throws -> [[String: Any]] {
        try lines.map { line in
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                event["version"] as? Int == 1, event["event"] is String
            else { throw CommandError("no event: \(line)") }
            return event
        }
    }

    func event(_ name: String) throws -> [String: Any]? { try events().first { $0["event"] as? String == name } }
    func stage(_ name: String) throws -> [String: Any]? { try events().first { $0["stage"] as? String == name } }

    /// Waits for a line while the run goes on.
    func wait(forStage name: String, by run: Running) throws -> [String: Any] {
        try waitUntil("stage \(name)", by: run) {
            contents(of: path).contains("\"\(name)\"") && (try? stage(name)) != nil
        }
        return try stage(name)!
    }

    func wait(forEvent name: String, by run: Running) throws -> [String: Any] {
        try waitUntil("event \(name)", by: run) {
            contents(of: path).contains("\"\(name)\"") && (try? event(name)) != nil
        }
        return try event(name)!
    }

    /// The process numbers of the file servers, from what was read back at stage `mounted`.
    func servers() throws -> [pid_t] {
        let mounts = try stage("mounted")?["mounts"] as? [[String: Any]] ?? []
        return mounts.compactMap { ($0["file_server"] as? Int).map(pid_t.init) }
    }
}

/// The sets of capabilities(7) that /proc tells of a process, such as `CapEff` → `0000000000000003`.
func capabilitySets(ofProcess process: String) -> [String: String] {
    var sets: [String: String] = [:]
    for line in contents(of: "/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("Cap") {
        let fields = line.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
        sets[fields[0]] = fields[1]
    }
    return sets
}

let noCapability = Dictionary(
    uniqueKeysWithValues: ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { ($0, "0000000000000000") })
