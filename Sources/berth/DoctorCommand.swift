import ArgumentParser
import Plan
import Stages

/// `berth doctor`: before anything is tried, what this machine or pod allows.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tell whether berth run would work here, and what stands in its way.",
        usage: "berth doctor [--json] [--account NAME|UID[:GID]] [PATH...]",
        discussion: """
            Changes nothing. Exit status: 0 if berth run would work, 1 if it would not; 125 if that could not be found \
            out. Each finding has a code, which stays the same, and a cure.
            """)

    @Flag(help: "Write one JSON object in place of text.")
    var json = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("Judge for this account, as --account of berth run names it.", valueName: "NAME|UID[:GID]"))
    var account: [String] = []

    @Argument(help: .init("Directories that are to be homes or shared data.", valueName: "PATH"))
    var paths: [String] = []

    mutating func run() throws {
        let request = DoctorRequest(account: try wish(), paths: paths)
        let diagnosis = try diagnose(request, in: try .gathered())
        say(json ? diagnosis.record.json : diagnosis.text)
        if !diagnosis.works { throw ExitCode(1) }
    }

    private func wish() throws(Refusal) -> AccountWish? {
        guard account.count <= 1 else {
            throw Refusal("--account was given \(account.count) times, at most once is possible")
        }
        guard let text = account.first else { return nil }
        do { return try AccountWish(parsing: text) } catch {
            throw Refusal("--account \(error.message)", hint: error.hint)
        }
    }
}

extension Diagnosis {
    /// berth-doctor(1) says what the members mean.
    fileprivate var record: FactValue {
        .record([
            Fact("version", .number(1)), Fact("works", .flag(works)),
            Fact("findings", .list(findings.map(\.record))),
        ])
    }

    fileprivate var text: String {
        let width = findings.map(\.code.count).max() ?? 0
        let lines = findings.flatMap { $0.lines(width: width) }
        return (lines + [works ? "berth run would work here" : "berth run would not work here"]).joined(separator: "\n")
    }
}

extension DoctorFinding {
    fileprivate var record: FactValue {
        var members = [
            Fact("code", .text(code)), Fact("level", .text(level.rawValue)), Fact("sentence", .text(sentence)),
        ]
        if let cure { members.append(Fact("cure", .text(cure))) }
        if !facts.isEmpty { members.append(Fact("facts", .record(facts))) }
        return .record(members)
    }

    fileprivate func lines(width: Int) -> [String] {
        let first = "\(padded(level.rawValue, 7))  \(padded(code, width))  \(printable(sentence))"
        return [first] + (cure.map { ["\(padded("", 7))  \(padded("", width))  cure: \(printable($0))"] } ?? [])
    }
}

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
