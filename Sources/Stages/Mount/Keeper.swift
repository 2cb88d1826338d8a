import Glibc
import Linux

/// Stays with a mount in the foreground: until it is unmounted, or until a signal asks to end, when it is taken away.
/// `ready` is told what is not as it was asked for.
func keepMount(
    _ request: MountRequest, _ way: MountWay, ready: (String?) throws(SystemError) -> Void
) throws(RunFailure) {
    let ends = try MountEnds.open(request, way)
    // Before the server is forked: from now on a signal finds the mount either not there, or in these hands.
    _ = try explained { () throws(SystemError) in try endings.union(others).block() }
    var request = request
    request.foreground = true
    let mounted = try ManualMount.make(request, way, at: ends)
    do throws(SystemError) { try ready(mounted.warning) } catch {
        // Whoever asked for it has gone meanwhile.
        try mounted.place.unmount(way, lazily: true)
        throw RunFailure(error)
    }
    try stay(with: mounted.process, mounted.place, way)
}

/// The signals that ask to end.
let endings = SignalSet(endingNumbers)
let endingNumbers = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]
/// SIGUSR1 is for the server: whoever started this process knows no other number.
private let others = [SIGCHLD, SIGUSR1]

private func stay(with server: ProcessID, _ place: MountedPlace, _ way: MountWay) throws(RunFailure) {
    while true {
        let signal = try explained { () throws(SystemError) in try endings.union(others).wait() }
        switch signal?.number {
        case nil, SIGCHLD: break
        case SIGUSR1: try explained { () throws(SystemError) in try server.send(SIGUSR1) }
        default: try place.unmount(way, lazily: true)
        }
        guard let status = try endOf(server) else { continue }
        // Whoever unmounted it has ended it; otherwise a dead mount is left, on which every call fails.
        try place.unmountIfThere(way)
        if status != .exited(0) { throw RunFailure("the file server of '\(place.path)' ended: \(status)") }
        return
    }
}

/// How a child has ended; nil while it has not, stopped or running. Whatever else was left to this process is reaped.
func endOf(_ child: ProcessID) throws(RunFailure) -> ExitStatus? {
    while let (process, status) = try explained({ () throws(SystemError) in try ProcessID.collect() }) {
        if case .stopped = status { continue }
        if process == child { return status }
    }
    return nil
}

/// `auto_unmount` in the background: a process stays behind that keeps the mount as the foreground would.
func startKeeper(_ request: MountRequest) throws(RunFailure) {
    let keeper = try Child.start("keeper of '\(request.target)'") { (channel) throws(RunFailure) in
        let report = channel.file
        try explained { () throws(SystemError) in
            // Before the server is forked, which would go on holding what the caller's reader waits for the end of.
            try leaveStandardStreamsButErrorFile()
            try closeAll(but: [report])
        }
        try keepMount(request, .direct) { (warning) throws(SystemError) in
            // Not before: an automount is left alone only by the process group that it waits for.
            try startSession()
            try changeDirectory(to: "/")
            try report.send(ChildReport.done(Array((warning ?? "").utf8)).encoded())
        }
    }
    let warning = try keeper.report(within: nil)
    if !warning.isEmpty { request.warn(String(decoding: warning, as: UTF8.self)) }
}
