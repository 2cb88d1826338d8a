import Foundation
import Glibc

/// `berth own`, started by somebody.
struct BerthOwn {
    var options: [String]
    /// What stands before berth.
    var prefix: [String] = []

    init(_ options: String..., as account: TestAccount? = nil) {
        self.init(options, as: account)
    }

    init(_ options: [String], as account: TestAccount? = nil) {
        self.options = options
        if let account { prefix = asAccount(account) }
    }

    private var whole: Command { Command(prefix + [Machine.program("berth"), "own"] + options) }

    func run() throws -> Outcome { try whole.run() }
    func start() throws -> Running { try whole.start() }
}

extension Outcome {
    /// The lines of `--json`, each an object of version 1.
    func events() throws -> [[String: Any]] {
        try lines.map { line in
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                event["version"] as? Int == 1, event["event"] is String
            else { throw CommandError("no event: \(line)") }
            return event
        }
    }

    /// The last line of `--json`: what came of it.
    func result() throws -> [String: Any] {
        guard let last = try events().last, last["event"] as? String == "own-ended" else {
            throw CommandError("no result: \(self)")
        }
        return last
    }

    func findings() throws -> [[String: Any]] { try events().filter { $0["event"] as? String == "finding" } }
}

/// Who owns what at and below a path: a line for each name, in order.
func owners(_ path: String) throws -> String {
    try Command("sh", "-c", "cd \"$1\" && find . -printf '%p %U:%G\\n' | sort", "sh", path).mustRun().output
}

/// A tree of several owners, with directories closed to others and a file with two names within.
func makeOwnedTree(_ path: String, directories: Int = 6, each: Int = 20) throws {
    let probe = Machine.program("session-probe")
    try Command(probe, "make-foreign-tree", path, "0", "0").mustRun()
    try Command(probe, "make-files", path, "\(directories)", "\(each)").mustRun()
    for number in 0..<directories {
        let owner = "\(5000 + number):\(6000 + number)"
        try Command("chown", "-R", owner, "\(path)/directory-\(number)").mustRun()
    }
    // Links that were changed while a walk begins are refused, since somebody may be moving them about.
    usleep(60_000)
}

/// The members of a JSON object by name.
func number(_ event: [String: Any], _ name: String) -> Int { event[name] as? Int ?? -1 }
