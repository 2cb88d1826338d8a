import ArgumentParser
import Linux
import Plan
import Stages

/// `berth run`: everything is decided and checked before anything happens.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        // Read by itself, it is not asked for completion scripts: `berth` is.
        _superCommandName: "berth",
        abstract: "Run a command with its home and its shared data mounted, and with no capability.",
        usage: "berth run [options] -- COMMAND [ARG...]",
        discussion: """
            SRC and DST: a colon within a path is written '\\:', a backslash '\\\\'. A relative SRC counts from the \
            working directory; DST is absolute.
            Exit status: the command's own; 128+N if signal N ended it; 125 if berth failed and started nothing; \
            126 if the command cannot be executed; 127 if it is not found.
            """)

    @OptionGroup var options: RunOptions

    mutating func run() throws {
        let request = try completeRequest()
        try holdPreserved(request.session.preservedDescriptors ?? [])
        var status = try request.statusDescriptor.map { number throws(Refusal) in try StatusStream(descriptor: number) }
        let style = ProgressStyle(request.progress ?? .auto)
        var display = ProgressDisplay(style)
        do {
            let plan = try RunPlan(resolving: request, in: try .gathered())
            if request.dryRun == true {
                try rehearse(plan, &status)
            } else {
                throw ExitCode(try Stages.run(plan, progressEvery: style.interval) { tell($0, &status, &display) })
            }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            display.clear()
            let parting = Parting(error)
            status?.write(errorRecord(parting))
            throw error
        }
    }

    private func completeRequest() throws(Refusal) -> Request {
        let request = try options.request()
        guard let path = try options.configurationPath() else { return request }
        return request.completed(from: try Configuration.request(ofFile: path))
    }

    /// `--dry-run`: the plan is printed only when it could be carried out, as far as that can be known.
    private func rehearse(_ plan: RunPlan, _ status: inout StatusStream?) throws {
        try Stages.check(plan)
        status?.write(plan.record)
        say(plan.text)
    }

    private func tell(_ event: Event, _ status: inout StatusStream?, _ display: inout ProgressDisplay) {
        switch event {
        case .owning(let walk): display.begin(walk)
        case .progress(let far): display.show(far)
        default: display.clear()
        }
        if case .warning(let text) = event { complain("warning: \(text)") }
        status?.write(event.record)
    }
}
