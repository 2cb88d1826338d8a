import ArgumentParser
import Plan

/// The options of `berth run` that say what surrounds the command.
struct SessionOptions: ParsableArguments {
    @Option(
        help: .init(
            "The system calls a session may use: default, off, or a profile in the OCI runtime's JSON form.",
            valueName: "default|off|FILE"))
    var seccomp: [String] = []
}

extension SessionOptions {
    /// What they say, and nothing else.
    func wishes() throws(Refusal) -> SessionWishes {
        var wishes = SessionWishes()
        wishes.seccomp = try one(seccomp, "--seccomp") { text throws(Refusal) in try SeccompWish(parsing: text) }
        return wishes
    }
}
