import Linux

/// Which capabilities one of berth's processes holds during some of the stages.
package struct Holding: Hashable, Sendable {
    package enum Process: String, Hashable, Sendable {
        case berth
        case ownerWorker = "owner-worker"
        case fileServer = "file-server"
        case session
    }

    /// The user namespace in which the capabilities count.
    package enum Scope: String, Hashable, Sendable {
        /// The one berth was started in.
        case outside
        /// The session's: over nothing but what belongs to that namespace.
        case session
        /// One that maps the account and its subordinate ranges.
        case helper
    }

    package enum Amount: Hashable, Sendable {
        case exactly(CapabilitySet)
        /// Whatever berth was started with, or is given by the kernel with a new user namespace.
        case whateverIsGiven
    }

    package var process: Process
    /// From the beginning of this stage on, for as long as no later line of the process takes its place.
    package var from: StageName
    package var amount: Amount
    package var scope: Scope
}

extension RunPlan {
    /// The plan's promise about power, in the order of the stages.
    package var holdings: [Holding] {
        var list = [Holding(process: .berth, from: .started, amount: .whateverIsGiven, scope: .outside)]
        if identity.starter == .ordinaryAccount {
            list[0].amount = .exactly([])
        }
        if let worker = ownerWorkerHolding { list.append(worker) }
        list.append(Holding(process: .berth, from: .mapped, amount: .whateverIsGiven, scope: .session))
        if !mounts.isEmpty {
            list.append(Holding(process: .fileServer, from: .mounted, amount: .exactly([]), scope: .session))
        }
        list.append(Holding(process: .berth, from: .dropped, amount: .exactly([]), scope: .session))
        list.append(Holding(process: .session, from: .dropped, amount: .exactly([]), scope: .session))
        return list
    }

    /// The worker is forked before the map and ends with the stage `owned`.
    private var ownerWorkerHolding: Holding? {
        guard home != nil, ownership.mode != .off else { return nil }
        switch ownership.power {
        case .callersCapabilities:
            return Holding(process: .ownerWorker, from: .started, amount: .exactly(ownerCapabilities), scope: .outside)
        case .subordinateRanges:
            return Holding(process: .ownerWorker, from: .started, amount: .exactly(ownerCapabilities), scope: .helper)
        case .none:
            return Holding(process: .ownerWorker, from: .started, amount: .exactly([]), scope: .outside)
        }
    }
}
