import Glibc
import Linux
import Ownership
import Plan
import Seccomp

/// What the owner worker of a run does.
struct WorkerTask: Sendable {
    let home: FileReference
    let mode: OwnershipMode
    var goal: OwnershipGoal
    /// How often it reports progress, in milliseconds; nil: never.
    let interval: Int?

    /// In the worker: gives up all but `kept`, waits for the word, tells what it holds, walks, and tells what it did.
    func carryOut(keeping kept: CapabilitySet, _ channel: borrowing Channel) throws(RunFailure) {
        #if DEBUG
            let double = try explained { () throws(SystemError) in try TakenOver.begin(as: "worker") }
        #endif
        try explained { () throws(SystemError) in try withdraw() }
        let ground = try limitWalk(to: kept, trees: [home], keeping: [channel.file])
        let filter = WorkerFilter(.starter, ground.arguments, others: [channel.file.number])
        let watch = try Watch(interval: interval)
        let begins = try explained { () throws(SystemError) in
            try ProcessControl.setParentDeathSignal(SIGKILL)
            try Defence.workerSeccomp.raise(filter.install)
            #if DEBUG
                double?.attack(
                    tree: ground.files[0], descriptors: nil, filters: [filter.profile(for: .current), filter.refusals],
                    worker: TakenWorker.begin(ground.arguments))
            #endif
            guard try waitToProceed(channel) else { return false }
            let holds = WorkerHoldings(
                capabilities: try CapabilitySet.permitted().names, confinement: ground.confinement)
            try channel.send(ChildReport.done(holds.encoded).encoded())
            return true
        }
        if !begins { return }
        let report = try walk(ground, watch, channel.file)
        try explained { () throws(SystemError) in try channel.send(ChildReport.done(report.encode()).encoded()) }
    }

    private func walk(
        _ ground: borrowing WalkGround, _ watch: Watch, _ channel: FileReference
    ) throws(RunFailure) -> WalkReport {
        let progress = WalkProgress()
        var options = WalkOptions()
        options.progress = progress
        options.calls = ground.calls
        if mode == .check { options.mode = .check }
        let (settled, trees, goal) = (options, ground.files, goal)
        let (result, _) = try watch.follow(
            {
                do throws(SystemError) {
                    return .success(try Ownership.walk(trees: trees, rule: .give(goal, from: nil), options: settled))
                } catch { return .failure(RunFailure(error)) }
            }, progress
        ) { snapshot in
            let far = OwnershipProgress(snapshot, in: snapshot.directory)
            // Whoever started it has gone: so will it, by the kernel's hand.
            do throws(SystemError) { try channel.send(ChildReport.progress(far.encoded).encoded()) } catch {}
        }
        return try result.get()
    }
}

/// What an owner worker is left with.
struct WorkerHoldings: Sendable {
    var capabilities: [String]
    var confinement: Confinement
}

/// For the channel: the names, two words of one letter, and why the root is the starter's, parted by NUL bytes.
extension WorkerHoldings {
    var encoded: [UInt8] {
        let words = [confinement.hasFixedArguments, confinement.hasLandlock].map { $0 ? "y" : "n" }
        let fields = [capabilities.joined(separator: " ")] + words + (confinement.rootRefusal.map { [$0] } ?? [])
        return Array(fields.joined(separator: "\0").utf8)
    }

    init?(decoding message: [UInt8]) {
        let fields = message.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count == 3 || fields.count == 4 else { return nil }
        capabilities = fields[0].split(separator: " ").map(String.init)
        confinement = Confinement(
            rootRefusal: fields.count == 4 ? fields[3] : nil, hasFixedArguments: fields[1] == "y",
            hasLandlock: fields[2] == "y")
    }
}

/// For the channel: numbers in decimal, and the end of the path, parted by NUL bytes.
extension OwnershipProgress {
    var encoded: [UInt8] {
        let numbers = [entries, changed, refused, UInt64(threads)].map { "\($0)" }.joined(separator: "\0")
        return Array(numbers.utf8) + (directory.map { [0] + $0.suffix(4096) } ?? [])
    }

    init?(decoding message: [UInt8]) {
        let fields = message.split(separator: 0, omittingEmptySubsequences: false)
        let numbers = fields.prefix(4).compactMap { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == 4, fields.count <= 5, let threads = Int(exactly: numbers[3]) else { return nil }
        self.init(
            entries: numbers[0], changed: numbers[1], refused: numbers[2], threads: threads,
            directory: fields.count == 5 ? Array(fields[4]) : nil)
    }
}
