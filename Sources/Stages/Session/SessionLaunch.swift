import Glibc
import Linux
import Plan

/// The last steps before the command, in the process that becomes it.
struct SessionLaunch {
    var command: [String]
    var session: SessionPlan
    /// Whether it is told what the process was.
    var isFollowed: Bool
    /// Where the home is mounted; HOME is set to it.
    var homeTarget: String?
    /// Where the directory may be in which berth was started.
    var start: [StartingCandidate]
    /// The signals that were blocked when berth was started.
    var signalMask: SignalSet

    /// Forks, and waits until the command has been executed: 126 where it cannot be, 127 where it was not found. Answers
    /// the process, and what it was at the last moment before its own profile.
    ///
    /// A filter that refuses more than the command's own calls may refuse the message as well: then the status has to tell.
    func start(
        _ filters: ProfileFilters, _ group: borrowing ControlGroup?
    ) throws(RunFailure) -> (process: ProcessID, proof: [Fact]) {
        let child = try Child.start("session") { (channel) throws(RunFailure) in
            try enter(group)
            try prepare(channel)
            if isFollowed {
                try explained { () throws(SystemError) in
                    try HandOff.send(on: channel, before: filters.programs.count)
                }
            }
            try setLabelsOfExecution(session.labels)
            try filters.load()
            try executeCommand()
        }
        // The channel closes when the command is executed; a failure before that is why it was not.
        var proof: [UInt8] = []
        while let message = try explained({ () throws(SystemError) in try child.channel.receive(within: 30_000) }) {
            switch ChildReport(decoding: message) {
            case .done(let part): proof += part
            case .failed(let failure):
                _ = try explained { () throws(SystemError) in try child.process.wait() }
                throw failure
            case .progress, nil: throw child.unintelligible
            }
        }
        return (child.process, FactCoding.decode(proof) ?? [])
    }

    /// Before its descriptor is closed.
    private func enter(_ group: borrowing ControlGroup?) throws(RunFailure) {
        switch group {
        case .some(let group): try explained { () throws(SystemError) in try group.join() }
        case nil: break
        }
    }

    private func prepare(_ channel: borrowing Channel) throws(RunFailure) {
        try explained { () throws(SystemError) in
            try ProcessControl.setParentDeathSignal(SIGKILL)
            let preserved = session.preservedDescriptors.map { FileReference($0) }
            try Defence.descriptors.raise { () throws(SystemError) in
                try closeAll(but: preserved + [channel.file])
            }
            for file in preserved { try file.stayOnExecution() }
            if session.isNewSession { try startSession() }
            try session.setUpEnvironment(home: homeTarget ?? session.user.home)
            resetSignalActions()
            _ = try signalMask.block()
            try applyResourceLimits(session.limits)
        }
        try enterDirectory()
    }

    /// The one that was asked for; or the one in which berth was started, if the session sees that very one; or the home.
    private func enterDirectory() throws(RunFailure) {
        if let path = session.workingDirectory { return try enterWorkingDirectory(path) }
        for candidate in start {
            if try explained({ () throws(SystemError) in try candidate.enter() }) { return }
        }
        let directories = [homeTarget, "/"].compactMap { $0 }
        for directory in directories {
            do { return try changeDirectory(to: directory) } catch { continue }
        }
        throw RunFailure("none of the directories \(directories) can be entered")
    }

    private func executeCommand() throws(RunFailure) {
        do { try execute(command) } catch {
            let missing = error.reason == Errno(ENOENT)
            throw RunFailure(
                "\(command[0]): \(missing ? "command not found" : error.reason.description)",
                status: missing ? 127 : 126)
        }
    }
}
