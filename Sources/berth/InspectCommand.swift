import ArgumentParser
import Plan
import Stages

/// `berth inspect`: whether a session is what was promised.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Tell whether a live session keeps berth's promises.",
        usage: "berth inspect [--json] PID|FILE",
        discussion: """
            PID is the number of any process of the session, or of the berth run that started it; of any other process, \
            its tree is judged. FILE is a file, with a slash in its name, of lines of --json-status-fd. Exit status: 0 \
            if no promise is seen to be broken, 1 if one is; 125 if that could not be found out.
            """)

    @Flag(help: "Write one JSON object in place of text.")
    var json = false

    @Argument(help: .init("The session.", valueName: "PID|FILE"))
    var session: String

    mutating func run() throws {
        let inspection = try inspect(try request())
        say(json ? inspection.record.json : inspection.text)
        if !inspection.holds { throw ExitCode(1) }
    }

    private func request() throws(Refusal) -> InspectionRequest {
        if session.utf8.contains(UInt8(ascii: "/")) { return try StatusFile(session).request }
        let number: UInt32?
        do { number = try parseID(session) } catch { number = nil }
        guard let process = number.flatMap(Int32.init(exactly:)), process > 0 else {
            throw Refusal(
                "'\(session)': not a process",
                hint: "a process is a number as ps shows it; a file of status lines is named with a slash: ./\(session)"
            )
        }
        return InspectionRequest(process: process)
    }
}

extension Inspection {
    /// berth-inspect(1) says what the members mean.
    fileprivate var record: FactValue {
        .record([
            Fact("version", .number(1)), Fact("holds", .flag(holds)), Fact("berth", .flag(isOfBerth)),
            Fact("top", .number(Int64(top))), Fact("broken", .number(Int64(count(.broken)))),
            Fact("unseen", .number(Int64(count(.unseen)))), Fact("sections", .list(sections.map(\.record))),
        ])
    }

    fileprivate var text: String {
        let head =
            isOfBerth
            ? [] : ["process \(top) is not part of a session of berth: its tree is judged by promise (a) only"]
        return (head + sections.flatMap(\.text) + [verdict]).joined(separator: "\n")
    }

    private var verdict: String {
        let unseen = count(.unseen)
        let rest = unseen == 0 ? "" : "; \(unseen) could not be seen"
        return holds ? "every promise that was seen holds\(rest)" : "\(count(.broken)) promises are broken\(rest)"
    }
}

extension InspectionSection {
    fileprivate var record: FactValue {
        .record([
            Fact("role", .text(role.rawValue)), Fact("pid", .number(Int64(process))), Fact("name", .text(name)),
            Fact("lines", .list(lines.map(\.record))),
        ])
    }

    fileprivate var text: [String] {
        ["\(role.rawValue) \(process) (\(printable(name)))"] + lines.map { "  \($0.text)" }
    }
}

extension InspectionLine {
    fileprivate var record: FactValue {
        var members = [
            Fact("item", .text(item)), Fact("value", .list(value.map { .text($0) })),
            Fact("mark", .text(mark.rawValue)),
        ]
        if let promise { members.append(Fact("promise", .text(promise))) }
        return .record(members)
    }

    fileprivate var text: String {
        let word =
            switch mark {
            case .holds: "holds "
            case .broken: "BROKEN"
            case .unseen: "unseen"
            case .notPromised: "-     "
            }
        let shown = value.isEmpty ? "unknown" : value.map(printable).joined(separator: " ")
        return "\(word)  \(printable(item)): \(shown)" + (promise.map { " (promised: \($0))" } ?? "")
    }
}
