import ArgumentParser
import Glibc
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
        subcommands: [
            RunCommand.self, OwnCommand.self, MountCommand.self, UmountCommand.self, DoctorCommand.self,
            InspectCommand.self,
        ])

    mutating func run() throws {
        throw Refusal("no subcommand", hint: "see berth --help")
    }

    static func main() {
        if MountHelper.isCalled { MountHelper.runAndExit() }
        do {
            try prepareProcess()
            var command = try parsed(Array(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch {
            leave(with: Parting(error))
        }
    }

    /// The command that is asked for.
    ///
    /// A session waits for `berth run` to be read: by itself it takes half as long as by way of all subcommands. What is not
    /// understood that way, a request for help or a mistake, is read again by the way that has an answer to it.
    static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        guard arguments.first == RunCommand.configuration.commandName else { return try parseAsRoot(arguments) }
        do {
            if let run = try RunCommand.parseAsRoot(Array(arguments.dropFirst())) as? RunCommand { return run }
        } catch {}
        return try parseAsRoot(arguments)
    }

    /// What must be so before anything is read or opened.
    static func prepareProcess() throws {
        try openClosedStandardStreams()
        try refuseUnreadableArguments()
        try StarterIDs.current().refuseSetID()
        resetSignalAction(of: SIGCHLD)
    }
}
