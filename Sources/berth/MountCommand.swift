import ArgumentParser
import Plan
import Stages

/// `berth mount`: one mount by hand, to look at what a session would see.
struct MountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount",
        abstract: "Show a directory at another place, through berth's file server.",
        usage: "berth mount [options] SOURCE TARGET",
        discussion: """
            Goes into the background once the mount answers. Exit status: 0; 125 if berth failed, and nothing is \
            mounted then. The options of -o are those of berth-mount(8).
            """)

    @Option(
        name: .customShort("o"), parsing: .unconditionalSingleValue,
        help: .init("Options, parted by commas. Repeatable.", valueName: "OPTIONS"))
    var options: [String] = []

    @Flag(name: .shortAndLong, help: "Stay until the mount is gone; take it away when asked to end.")
    var foreground = false

    @Flag(help: "Write a line for each request to standard error, and stay in the foreground.")
    var trace = false

    @Option(help: .init("With --trace: text or json.", valueName: "FORMAT"))
    var traceFormat: TraceFormat?

    @Argument(help: .init("The directory to show.", valueName: "SOURCE"))
    var source: String

    @Argument(help: .init("The directory to show it at.", valueName: "TARGET"))
    var target: String

    mutating func run() throws {
        if traceFormat != nil && !trace { throw Refusal("--trace-format: there is no --trace") }
        let observer = Watcher.observer(traceFormat ?? .text, tracing: trace)
        try Stages.mount(
            MountRequest(
                source: source, target: target, options: try MountOptions(parsing: options),
                foreground: foreground || trace, observer: observer, warn: { complain("warning: \($0)") }))
    }
}

/// `berth umount`: takes a mount of `berth mount` away.
struct UmountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "umount",
        abstract: "Take a FUSE mount away.",
        usage: "berth umount [--lazy] TARGET")

    @Flag(name: .shortAndLong, help: "Take it out of the tree now, though somebody may still use it.")
    var lazy = false

    @Argument(help: .init("Where the mount is.", valueName: "TARGET"))
    var target: String

    mutating func run() throws { try unmount(target, lazily: lazy) }
}
