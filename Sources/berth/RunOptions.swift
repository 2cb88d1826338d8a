import ArgumentParser
import Plan

/// The options of `berth run`, as text. Every one that takes a value is a list, so that a second one is not lost unnoticed.
struct RunOptions: ParsableArguments {
    @Option(
        help: .init(
            "The home: show directory SRC read-write at DST, by default the account's home directory.",
            valueName: "SRC[:DST]"))
    var home: [String] = []

    @Option(
        help: .init(
            "Shared data: show directory SRC read-only at DST, by default at SRC. Repeatable.",
            valueName: "SRC[:DST]"))
    var shared: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("The account that the session is outside; root has to name one.", valueName: "NAME|UID[:GID]"))
    var account: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("The session's user id inside (default: 0).", valueName: "N"))
    var uid: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("The session's group id inside (default: 0).", valueName: "N"))
    var gid: [String] = []

    @Option(
        help: .init(
            "When to give the home's files to the account: on-root-mismatch (default), always, check, off.",
            valueName: "WHEN"))
    var ownership: [String] = []

    @Option(
        help: .init(
            "Show the progress of that on standard error: auto (default), terminal, json or none.", valueName: "FORM"))
    var progress: [String] = []

    @Option(
        help: .init(
            "Whether the session has a pid namespace of its own: auto (default: where /proc can be mounted), require, off.",
            valueName: "WHEN"))
    var pidNamespace: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "Who keeps the locks on the home's files: local (default) for this session alone, remote for all who use SRC.",
            valueName: "PLACE"))
    var locks: [String] = []

    @Flag(
        help: "Leave sources visible by their own paths too, shared ones read-only; by default they are covered there.")
    var keepSourceVisible = false

    @Option(
        help: .init(
            "What holds where no other option says: trusted (default) or untrusted, by what the account is.",
            valueName: "NAME"))
    var profile: [String] = []

    @OptionGroup var session: SessionOptions

    @Option(help: .init("Take what the options leave unsaid from this TOML file.", valueName: "FILE"))
    var config: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("Write the plan and each stage to descriptor N, as lines of JSON.", valueName: "N"))
    var jsonStatusFd: [String] = []

    @Flag(help: "Print the plan, check what can be checked, and start nothing.")
    var dryRun = false

    @Argument(parsing: .postTerminator, help: .init("The command and its arguments, after `--`.", valueName: "COMMAND"))
    var command: [String] = []
}

extension RunOptions {
    /// What the options say, and nothing else.
    func request() throws(Refusal) -> Request {
        var request = Request()
        request.home = try one(home, "--home") { text throws(Refusal) in try DirectoryPair(parsing: text) }
        request.shared = try all(shared, "--shared") { text throws(Refusal) in try DirectoryPair(parsing: text) }
        request.account = try one(account, "--account") { text throws(Refusal) in try AccountWish(parsing: text) }
        request.insideUser = try one(uid, "--uid") { text throws(Refusal) in UserID(try parseID(text)) }
        request.insideGroup = try one(gid, "--gid") { text throws(Refusal) in GroupID(try parseID(text)) }
        request.ownership = try one(ownership, "--ownership") { text throws(Refusal) in
            try OwnershipMode(parsing: text)
        }
        request.processNamespace = try one(pidNamespace, "--pid-namespace") { text throws(Refusal) in
            try ProcessNamespaceMode(parsing: text)
        }
        request.locks = try one(locks, "--locks") { text throws(Refusal) in try HomeLocks(parsing: text) }
        request.profile = try one(profile, "--profile") { text throws(Refusal) in try Profile(parsing: text) }
        request.progress = try one(progress, "--progress") { text throws(Refusal) in try ProgressWish(parsing: text) }
        request.session = try session.wishes()
        request.statusDescriptor = try one(jsonStatusFd, "--json-status-fd") { text throws(Refusal) in
            try parseDescriptorNumber(text)
        }
        request.keepSourceVisible = keepSourceVisible ? true : nil
        request.dryRun = dryRun ? true : nil
        request.command = command.isEmpty ? nil : command
        return request
    }

    /// The configuration file that was named.
    func configurationPath() throws(Refusal) -> String? {
        try one(config, "--config") { text throws(Refusal) in
            if text.isEmpty { throw Refusal("'': empty path") }
            return text
        }
    }
}
