import Glibc
import Linux
import Plan

/// A whole run with a shared directory of the machine's own, up to the moment before the command, in a copy of this
/// process: by the stages of `berth run` themselves. All that it makes goes with it.
enum Rehearsal {
    /// In milliseconds; each stage has deadlines of its own.
    private static let deadline: Int32 = 15_000

    static func finding(_ identity: Identity) throws(RunFailure) -> DoctorFinding {
        let plan = try plan(identity)
        let child = try Child.start("rehearsal") { (channel) throws(RunFailure) in
            let ready = try Started.begin(plan, reportEvery: nil, ignore).map(ignore).mount(ignore).own(ignore).drop(
                ignore)
            try explained { () throws(SystemError) in try channel.send(ChildReport.done([]).encoded()) }
            _ = consume ready
        }
        let finding: DoctorFinding
        do {
            _ = try child.report(within: deadline)
            finding = .ok("rehearsal", "a run with '\(plan.mounts[0].source)' shared came as far as the command")
        } catch {
            finding = .problem(
                "rehearsal", "a run does not come as far as the command: \(error.message)", cure: error.hint)
        }
        try child.end()
        return finding
    }

    private static func ignore(_ event: Event) {}

    private static func plan(_ identity: Identity) throws(RunFailure) -> RunPlan {
        let directory = try someDirectory()
        return RunPlan(
            identity: identity, mounts: [MountPlan(kind: .shared, source: directory, target: directory)],
            ownership: OwnershipPlan(mode: .off, power: .none), command: ["true"])
    }

    /// One that every image has, and everybody may read.
    private static func someDirectory() throws(RunFailure) -> String {
        for path in ["/usr", "/etc", "/bin"] {
            do throws(SystemError) {
                let status = try FileReference.workingDirectory.open(path, [.pathOnly, .directory, .noFollow]).status()
                if status.st_mode & 0o5 == 0o5 { return path }
            } catch { continue }
        }
        throw RunFailure("none of the directories /usr, /etc and /bin can be read by everybody")
    }
}
