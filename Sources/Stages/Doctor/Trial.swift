import Linux

/// What `berth run` needs of the kernel, tried step by step in a copy of this process, which then ends: what it has made
/// goes with it.
struct Trial: Sendable {
    enum Step: String, CaseIterable, Sendable {
        /// Becoming the account.
        case account
        /// unshare(2) of a user namespace.
        case userNamespace = "userns"
        /// Writing its uid_map and gid_map.
        case map
        /// Opening /dev/fuse in it.
        case device
        /// unshare(2) of a mount namespace in it.
        case mountNamespace = "mountns"
        /// open_tree(2), mount_setattr(2), fsopen(2), fsmount(2), move_mount(2).
        case mountCalls = "mount-calls"
        /// A FUSE mount that is attached nowhere.
        case fuseMount = "fuse-mount"
        /// The kernel's FUSE_INIT on it.
        case fuseInit = "fuse-init"
        /// A /proc for a new pid namespace.
        case proc
    }

    struct Failure: Hashable, Sendable {
        var message: String
        /// That of the gate, where it is known.
        var code: String?
        var cure: String?
    }

    enum Outcome: Hashable, Sendable {
        case worked(answer: String)
        case failed(Failure)
        /// A step before it failed, without which it has no meaning; or the trial did not get there in time.
        case notTried
    }

    private var outcomes: [Step: Outcome] = [:]

    init() {}

    subscript(step: Step) -> Outcome {
        get { outcomes[step] ?? .notTried }
        set { outcomes[step] = newValue }
    }

    func worked(_ step: Step) -> Bool {
        if case .worked = self[step] { return true }
        return false
    }
}

/// One line of the trial's report: the step, and how it went, parted by NUL bytes.
struct TrialLine: Hashable, Sendable {
    var step: Trial.Step
    var outcome: Trial.Outcome

    init(_ step: Trial.Step, _ outcome: Trial.Outcome) {
        self.step = step
        self.outcome = outcome
    }

    func encoded() -> [UInt8] {
        let fields: [String]
        switch outcome {
        case .worked(let answer): fields = [step.rawValue, "worked", answer]
        case .failed(let failure):
            fields = [step.rawValue, "failed", failure.message, failure.code ?? "", failure.cure ?? ""]
        case .notTried: fields = [step.rawValue, "not-tried"]
        }
        return Array(fields.joined(separator: "\0").utf8)
    }

    init?(decoding bytes: [UInt8]) {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count >= 2, let step = Trial.Step(rawValue: fields[0]) else { return nil }
        switch (fields[1], fields.count) {
        case ("worked", 3): self.init(step, .worked(answer: fields[2]))
        case ("failed", 5):
            let known = fields.map { $0.isEmpty ? nil : $0 }
            self.init(step, .failed(Trial.Failure(message: fields[2], code: known[3], cure: known[4])))
        case ("not-tried", 2): self.init(step, .notTried)
        default: return nil
        }
    }
}

extension Trial.Failure {
    init(_ failure: RunFailure) { self.init(message: failure.message, code: failure.gate, cure: failure.hint) }
}
