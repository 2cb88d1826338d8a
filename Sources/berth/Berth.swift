import ArgumentParser
import Linux
import Plan
import Stages

/// The command line. One thread from here to the end of the launcher: a user namespace can be made by no other.
@main struct Berth: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth",
        abstract: "Give a session its home and its shared data, and leave it no power.",
        usage: "berth run [options] -- COMMAND [ARG...]",
        version: "berth 0.1.0",
        subcommands: [RunCommand.self, MountCommand.self, UmountCommand.self])

    mutating func run() throws {
        throw Refusal("no subcommand", hint: "see berth --help")
    }

    static func main() {
        do {
            try openClosedStandardStreams()
            try refuseUnreadableArguments()
            var command = try parseAsRoot()
            try command.run()
        } catch {
            leave(with: error)
        }
    }
}
