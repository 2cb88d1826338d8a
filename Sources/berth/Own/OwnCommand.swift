import ArgumentParser
import Glibc
import Linux
import Plan
import Stages

/// `berth own`: gives trees to somebody, and undoes that.
struct OwnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "own",
        abstract: "Give every file of a tree to an account, fast, and so that it can be undone.",
        usage: "berth own [options] PATH...",
        discussion: """
            Links are not followed, mounts within a tree are not entered, and a file with a link outside of the trees \
            is refused.
            Exit status: 0 if everything is as was asked; 1 if something was refused; 2 if the deadline ended the \
            walk; 3 if the record could not be written any more; 128+N if signal N ended the walk; 125 if berth \
            failed and changed nothing.
            """)

    @OptionGroup var options: OwnOptions

    mutating func run() throws {
        let request = try options.request()
        let style = try options.progressStyle()
        let console = OwnConsole(progress: style, json: options.json)
        do {
            let plan = try OwnPlan(resolving: request, in: try .gathered())
            console.warn(of: plan)
            throw ExitCode(try Stages.own(plan, interval: style.interval) { console.show($0) })
        } catch let exit as ExitCode {
            throw exit
        } catch {
            console.fail(Parting(error))
            throw error
        }
    }
}
