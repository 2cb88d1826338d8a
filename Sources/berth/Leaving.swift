import ArgumentParser
import Glibc
import Linux
import Plan
import Stages

/// What is printed where, and the exit status, when a subcommand ends by throwing.
struct Parting: Equatable {
    /// For standard output.
    var answer: String?
    /// For standard error, after `berth: `.
    var complaint: String?
    /// More of the complaint, a line each.
    var details: [String] = []
    var hint: String?
    var status: Int32
}

/// berth failed and started nothing. Also for usage errors: a pod's script must be able to tell them from the session's own status.
let refusedStatus: Int32 = 125

extension Parting {
    init(_ error: any Error, arguments: [String] = CommandLine.arguments) {
        switch error {
        case let exit as ExitCode: self.init(status: exit.rawValue)
        case let refusal as Refusal:
            self.init(complaint: refusal.message, hint: refusal.hint, status: refusedStatus)
        case let failure as RunFailure:
            self.init(complaint: failure.message, details: failure.details, hint: failure.hint, status: failure.status)
        case let error as SystemError: self.init(complaint: "\(error)", status: refusedStatus)
        default:
            self.init(
                parsing: error, for: Berth.self, hint: usageHint(Array(arguments.dropFirst())), status: refusedStatus)
        }
    }

    /// Requests for help and the version are no failure; the rest is what the argument parser did not understand.
    init(parsing error: any Error, for command: (some ParsableCommand).Type, hint: String, status: Int32) {
        if command.exitCode(for: error) == .success {
            self.init(answer: withoutLineEnds(command.fullMessage(for: error)), status: 0)
            return
        }
        self.init(complaint: uncapitalized(command.message(for: error)), hint: hint, status: status)
    }
}

/// Where to read on for somebody whose command line was not understood.
func usageHint(_ arguments: [String]) -> String {
    let names = Berth.configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let name = arguments.first, names.contains(name) else { return "see berth --help" }
    return "see berth \(name) --help" + (name == "run" ? "; the command comes after '--'" : "")
}

/// Others' messages in the form of ours: lower case, no full stop.
func uncapitalized(_ message: String) -> String {
    message.prefix(1).lowercased() + (message.last == "." ? message.dropLast() : message[...]).dropFirst()
}

/// A help text ends with empty lines, a version does not.
private func withoutLineEnds(_ text: String) -> String {
    var text = text
    while text.last == "\n" { text.removeLast() }
    return text
}

/// Prints why, and ends berth.
func leave(with parting: Parting) -> Never {
    if let answer = parting.answer { say(answer) }
    if let complaint = parting.complaint { complain(complaint, details: parting.details, hint: parting.hint) }
    exit(parting.status)
}

/// Prints a line on standard output; berth has failed if that cannot be done.
func say(_ text: String) {
    do { try FileReference(STDOUT_FILENO).write((text + "\n").utf8) } catch {
        complain("standard output: \(error.reason)")
        exit(refusedStatus)
    }
}

/// Prints `berth: …`, the details and the hint in lines of their own, on standard error.
func complain(_ message: String, details: [String] = [], hint: String? = nil) {
    var text = "berth: \(printable(message))\n"
    for detail in details { text += "  \(printable(detail))\n" }
    if let hint { text += "hint: \(printable(hint))\n" }
    do { try FileReference(STDERR_FILENO).write(text.utf8) } catch {
        // There is nowhere left to say so; the exit status still tells.
    }
}

/// The text with control characters written out, so that a name cannot speak to the terminal.
func printable(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
        if scalar.isUnseen {
            shown += "\\u{" + String(scalar.value, radix: 16) + "}"
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}

extension Unicode.Scalar {
    /// Control characters and their kin, which do something instead of being shown.
    var isUnseen: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

/// An argument that is not UTF-8 would be changed on its way to the command; and there is always the program's own name.
func refuseUnreadableArguments() throws {
    guard CommandLine.argc >= 1 else {
        // The runtime reads them there, as berth does much else.
        do { _ = try readText("/proc/self/cmdline") } catch {
            throw Refusal("\(error)", hint: "berth needs /proc: mount -t proc proc /proc")
        }
        throw Refusal("started without a name in its arguments")
    }
    for index in 0..<Int(CommandLine.argc) {
        guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) != nil else {
            throw Refusal("argument \(index) is not valid UTF-8")
        }
    }
}
