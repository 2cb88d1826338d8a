import ArgumentParser
import Glibc
import Linux
import Plan
import Stages

/// berth as a helper of mount(8), which looks for /sbin/mount.TYPE: `mount -t berth SOURCE TARGET`, and lines of fstab(5).
struct MountHelper: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount.berth",
        abstract: "Show a directory at another place, for mount(8) and fstab(5).",
        usage: "mount.berth SOURCE TARGET [-sfnv] [-o OPTIONS] [-t TYPE]",
        discussion: """
            What mount(8) starts for mount -t berth. Exit status, as mount(8): 0; 1 wrong invocation; 2 system error; \
            4 internal error; 8 interrupted; 32 nothing was mounted. See mount.berth(8).
            """,
        version: Berth.configuration.version)

    @Flag(name: .customShort("s"), help: "Sloppy: pass over options that are unknown.")
    var sloppy = false

    @Flag(name: .customShort("f"), help: "Fake: look at everything, and mount nothing.")
    var fake = false

    @Flag(name: .customShort("n"), help: "Do not write /etc/mtab, which berth never does.")
    var withoutTable = false

    @Flag(name: .customShort("v"), help: "Say what was mounted.")
    var verbose = false

    @Option(
        name: .customShort("o"), parsing: .unconditionalSingleValue,
        help: .init("Options, parted by commas, and the words of fstab(5). Repeatable.", valueName: "OPTIONS"))
    var options: [String] = []

    @Option(
        name: .customShort("t"), parsing: .unconditional,
        help: .init("berth, fuse.berth, or fuse.NAME, as which it is shown.", valueName: "TYPE"))
    var type: String?

    @Option(
        name: .customShort("N"), parsing: .unconditional,
        help: .init("Refused: berth mounts in the namespace it is started in.", valueName: "NAMESPACE"))
    var namespace: String?

    @Argument(help: .init("The directory to show.", valueName: "SOURCE"))
    var source: String

    @Argument(help: .init("The directory to show it at.", valueName: "TARGET"))
    var target: String

    mutating func run() throws {
        if let namespace {
            throw Refusal(
                "-N: berth does not mount in another namespace",
                hint: "nsenter --mount=\(namespace) mount.berth \(source) \(target)")
        }
        let options = try MountOptions(ofTable: options, type: type, sloppy: sloppy)
        let request = MountRequest(
            source: source, target: target, options: options, foreground: false,
            observer: Watcher.observer(.text, tracing: false), warn: { complain("warning: \($0)") })
        try mountForTable(request, fake: fake)
        if verbose {
            let deed = fake ? "nothing is in the way of" : "mounted"
            try FileReference(STDOUT_FILENO).write("berth: \(deed) \(printable("'\(source)' at '\(target)'"))\n".utf8)
        }
    }
}

extension MountHelper {
    /// The names that mount(8) has for it.
    static var isCalled: Bool {
        guard let name = CommandLine.arguments.first?.split(separator: "/").last else { return false }
        return name == "mount.berth" || name == "mount.fuse.berth"
    }

    /// Instead of the command line's: no subcommand, and mount(8)'s exit status.
    static func runAndExit() -> Never {
        do {
            try Berth.prepareProcess()
            var command = try parseAsRoot()
            try command.run()
            Glibc.exit(0)
        } catch {
            leave(with: Parting(ofHelper: error))
        }
    }
}

extension Parting {
    init(ofHelper error: any Error) {
        switch error {
        case is RunFailure: self.init(error)
        case is Refusal:
            self.init(error)
            status = MountStatus.invocation.rawValue
        case is SystemError:
            self.init(error)
            status = MountStatus.system.rawValue
        default:
            self.init(
                parsing: error, for: MountHelper.self, hint: "see mount.berth(8)",
                status: MountStatus.invocation.rawValue)
        }
    }
}
