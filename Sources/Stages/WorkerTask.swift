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
        _ = try limitWalk(to: kept, trees: [home], keeping: [channel.file])
        let watch = try Watch(interval: interval)
        let begins = try explained { () throws(SystemError) in
            try ProcessControl.setParentDeathSignal(SIGKILL)
            try WorkerFilter.install(.starter)
            #if DEBUG
                double?.attack(
                    tree: home, descriptors: nil, filter: WorkerFilter.profile(for: .current, .starter))
            #endif
            guard try waitToProceed(channel) else { return false }
            let held = try CapabilitySet.permitted().names.joined(separator: " ")
            try channel.send(ChildReport.done(Array(held.utf8)).encoded())
            return true
        }
        if !begins { return }
        let report = try walk(watch, channel.file)
        try explained { () throws(SystemError) in try channel.send(ChildReport.done(report.encode()).encoded()) }
    }

    private func walk(_ watch: Watch, _ channel: FileReference) throws(RunFailure) -> WalkReport {
        let progress = WalkProgress()
        var options = WalkOptions()
        options.progress = progress
        if mode == .check { options.mode = .check }
        let (settled, home, goal) = (options, home, goal)
        let (result, _) = try watch.follow(
            {
                do throws(SystemError) {
                    return .success(try Ownership.walk(trees: [home], rule: .give(goal, from: nil), options: settled))
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
