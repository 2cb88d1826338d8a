import Glibc
import Linux
import Plan

extension Trial {
    /// How long all of the steps may take, in milliseconds.
    private static let deadline: Int = 10_000

    /// Forks the copy that tries, and collects what it reports.
    static func made(as identity: Identity) throws(RunFailure) -> Trial {
        let child = try Child.start("trial") { (channel) throws(RunFailure) in
            var steps = TrialSteps(identity: identity)
            let file = channel.file
            try explained { () throws(SystemError) in
                try steps.run { line throws(SystemError) in try file.send(line.encoded()) }
            }
        }
        var trial = Trial()
        let began = monotonicMilliseconds()
        while let line = try trialLine(child, before: began + deadline) { trial[line.step] = line.outcome }
        try child.end()
        return trial
    }

    private static func trialLine(_ child: borrowing Child, before end: Int) throws(RunFailure) -> TrialLine? {
        let rest = Int32(max(0, end - monotonicMilliseconds()))
        do throws(SystemError) {
            guard let message = try child.channel.receive(within: rest) else { return nil }
            return TrialLine(decoding: message)
        } catch {
            if error.reason == Errno(ETIMEDOUT) { return nil }
            throw RunFailure(error)
        }
    }
}

extension Child {
    /// Ends it, whatever it is doing; one that waits for a dead server is left to the kernel.
    func end() throws(RunFailure) {
        try explained(on: name) { () throws(SystemError) in
            if try process.wait(within: 0) != nil { return }
            // Refused to root without CAP_KILL, since the copy has become the account: it ends by itself.
            do throws(SystemError) { try process.send(SIGKILL) } catch {
                if error.reason != Errno(EPERM) { throw error }
            }
            _ = try process.wait(within: 1_000)
        }
    }
}

/// In the copy: the steps, in the order of a run.
private struct TrialSteps: ~Copyable {
    let identity: Identity
    private var device: Descriptor?
    private var mount: Descriptor?
    private var trial = Trial()

    init(identity: Identity) { self.identity = identity }

    mutating func run(_ tell: (TrialLine) throws(SystemError) -> Void) throws(SystemError) {
        for step in Trial.Step.allCases {
            trial[step] = outcome(of: step)
            try tell(TrialLine(step, trial[step]))
        }
    }

    private mutating func outcome(of step: Trial.Step) -> Trial.Outcome {
        for needed in step.needs where !trial.worked(needed) { return .notTried }
        do throws(RunFailure) {
            return .worked(answer: try attempt(step))
        } catch { return .failed(Trial.Failure(error)) }
    }

    private mutating func attempt(_ step: Trial.Step) throws(RunFailure) -> String {
        switch step {
        case .account: try becomeAccount(identity)
        case .map: try writeMaps(identity)
        // The last step: this process's own /proc is covered by it.
        case .proc: try ProcessNamespace.begin().end()
        default: do { return try attemptCall(step) } catch { throw RunFailure(error) }
        }
        return ""
    }

    private mutating func attemptCall(_ step: Trial.Step) throws(SystemError) -> String {
        switch step {
        case .account, .map, .proc: break
        case .userNamespace:
            try ProcessControl.setDumpable(true)
            try unshare([.user])
        case .device: device = try FileReference.workingDirectory.open(Gate.fuseDevice, .readWrite)
        case .mountNamespace:
            try unshare([.mount])
            try makePrivate("/")
        case .mountCalls: try tryMountCalls()
        case .fuseMount: try makeFuseMount()
        case .fuseInit: return try readFuseInit()
        }
        return ""
    }

    private func tryMountCalls() throws(SystemError) {
        let tree = try FileReference.workingDirectory.cloneTree("/dev")
        try tree.setMountAttributes([.readOnly, .noSetUserID, .noDevices])
        let empty = try FileSystemContext(type: "tmpfs").mount([.readOnly, .noSetUserID, .noDevices, .noExecution])
        let root = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
        try empty.attach(onto: root.file)
        _ = try empty.mountID()
    }

    private mutating func makeFuseMount() throws(SystemError) {
        guard let number = deviceNumber else { return }
        let form = MountForm(
            name: "berth-doctor", user: identity.insideUser.rawValue, group: identity.insideGroup.rawValue,
            attributes: [.readOnly, .noSetUserID, .noDevices])
        mount = try form.mount(device: number)
    }

    private var deviceNumber: FileReference? {
        switch device {
        case .some(let device): device.file
        case nil: nil
        }
    }

    /// The kernel's first request tells which version of the protocol it speaks, and what it can do.
    private func readFuseInit() throws(SystemError) -> String {
        guard let file = deviceNumber else { return "" }
        let message = try file.readMessage(limit: 1 << 16, within: 2_000)
        guard let request = FuseInit(decoding: message) else {
            throw SystemError("read", on: "/dev/fuse", Errno(EPROTO))
        }
        return request.text
    }
}

extension Trial.Step {
    /// What must have worked before, for this step to say anything about itself.
    fileprivate var needs: [Trial.Step] {
        switch self {
        case .account: []
        case .userNamespace: [.account]
        case .map: [.userNamespace]
        case .device, .mountNamespace: [.map]
        case .mountCalls: [.mountNamespace]
        case .proc: [.mountCalls]
        case .fuseMount: [.mountNamespace, .device]
        case .fuseInit: [.fuseMount]
        }
    }
}
