import ArgumentParser
import Plan

/// The options of `berth own`, as text.
struct OwnOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "To whom the files are to belong. Root has to say; an account that is not is meant itself by default.",
            valueName: "ACCOUNT|UID[:GID]"))
    var to: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("Change only files of this user, and of this group if one is given.", valueName: "UID[:GID]"))
    var from: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "Translate COUNT ids from FROM on to those from TO on, users and groups. Repeatable.",
            valueName: "FROM:TO:COUNT"))
    var map: [String] = []

    @Flag(help: "Look through everything, say what would be changed, and change nothing.")
    var dryRun = false

    @Option(help: .init("Write each change to this file before it is made.", valueName: "FILE"))
    var record: [String] = []

    @Option(help: .init("Undo the walks of this record.", valueName: "FILE"))
    var restore: [String] = []

    @Option(
        help: .init("Files with links outside of the trees: refuse (default) or change.", valueName: "WHAT"))
    var hardLinks: [String] = []

    @Option(
        help: .init(
            "Which trees to look through: always (default), or on-root-mismatch: those whose root is wrong.",
            valueName: "WHEN"))
    var when: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("Walk with N threads (default: as many as are of use).", valueName: "N"))
    var threads: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("End in good order after this time: 90s, 10m, 2h.", valueName: "TIME"))
    var deadline: [String] = []

    @Option(
        help: .init(
            "Show progress on standard error: auto (default), terminal, json or none.", valueName: "FORM"))
    var progress: [String] = []

    @Flag(help: "Write every finding and the result to standard output, as lines of JSON.")
    var json = false

    @Argument(help: .init("The directories.", valueName: "PATH"))
    var paths: [String] = []
}

extension OwnOptions {
    /// What the options say, and nothing else.
    func request() throws(Refusal) -> OwnRequest {
        var request = OwnRequest()
        request.paths = paths
        request.to = try one(to, "--to") { text throws(Refusal) in try AccountWish(parsing: text) }
        request.from = try one(from, "--from") { text throws(Refusal) in try OwnerFilter(parsing: text) }
        request.moves = try all(map, "--map") { text throws(Refusal) in try IDMove(parsing: text) } ?? []
        request.dryRun = dryRun
        request.record = try one(record, "--record", nonEmpty)
        request.restore = try one(restore, "--restore", nonEmpty)
        request.hardLinks = try one(hardLinks, "--hard-links") { text throws(Refusal) in try word(text) }
        request.when = try one(when, "--when") { text throws(Refusal) in try word(text) }
        request.threads = try one(threads, "--threads") { text throws(Refusal) in
            let number = try parseID(text)
            guard (1...1024).contains(number) else { throw Refusal("'\(text)': a number from 1 to 1024 is needed") }
            return Int(number)
        }
        request.deadline = try one(deadline, "--deadline") { text throws(Refusal) in try parseDuration(text) }
        return request
    }

    func progressStyle() throws(Refusal) -> ProgressStyle {
        ProgressStyle(
            try one(progress, "--progress") { text throws(Refusal) in try ProgressWish(parsing: text) } ?? .auto)
    }
}

private func nonEmpty(_ text: String) throws(Refusal) -> String {
    if text.isEmpty { throw Refusal("'': empty path") }
    return text
}

/// One of the words of an enumeration.
func word<Choice: RawRepresentable<String> & CaseIterable>(_ text: String) throws(Refusal) -> Choice {
    guard let choice = Choice(rawValue: text) else {
        throw Refusal("'\(text)': unknown", hint: Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
}
