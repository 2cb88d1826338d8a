import Linux
import Ownership
import Plan
import Seccomp

/// A walk with all that it needs, held open.
struct OwnWalk: ~Copyable {
    private let work: OwnWork
    private var trees: HeldTrees
    private let record: Descriptor?

    init(_ work: OwnWork, _ trees: consuming HeldTrees, _ record: consuming Descriptor?) {
        self.work = work
        self.trees = trees
        self.record = record
    }

    /// Gives up all but `kept`, and whatever else the walk does not need.
    consuming func limit(to kept: CapabilitySet, keeping others: [FileReference]) throws(RunFailure) -> LimitedWalk {
        let files = others + recordFiles
        #if DEBUG
            let double = try explained { () throws(SystemError) in try TakenOver.begin(as: "own") }
        #endif
        let ground = try limitWalk(to: kept, trees: trees.files, keeping: files)
        trees.letGo()
        let held = try explained { () throws(SystemError) in try CapabilityState.current().effective }
        let filter = WorkerFilter(
            .everybody(records: files.count > others.count), ground.arguments, others: files.map(\.number))
        let beginning = OwnBeginning(
            paths: trees.paths, skipped: trees.skipped, capabilities: held.names, isInRanges: false,
            confinement: ground.confinement)
        var walk = LimitedWalk(work: work, beginning: beginning, filter: filter, ground: ground, record: record)
        #if DEBUG
            walk.double = double
        #endif
        return walk
    }

    private var recordFiles: [FileReference] {
        switch record {
        case .some(let record): [record.file]
        case nil: []
        }
    }
}

/// A walk in a process that can do nothing else any more, but for the filter, which comes last.
struct LimitedWalk: ~Copyable {
    let work: OwnWork
    var beginning: OwnBeginning
    let filter: WorkerFilter
    let ground: WalkGround
    var record: Descriptor?
    #if DEBUG
        var double: TakenOver?
    #endif

    /// Walks on other threads, while this one reports progress and listens to signals; answers the exit status.
    consuming func carryOut(
        _ watch: Watch, _ report: @escaping @Sendable (OwnEvent) -> Void
    ) throws(RunFailure) -> Int32 {
        let teller = Teller(beginning.paths, report)
        let progress = WalkProgress()
        let walk = try prepare(progress, teller)
        try explained { () throws(SystemError) in try Defence.workerSeccomp.raise(filter.install) }
        #if DEBUG
            double?.attack(
                tree: ground.files[0], descriptors: nil, filters: [filter.profile(for: .current), filter.refusals],
                worker: TakenWorker.begin(ground.arguments))
        #endif
        report(.began(beginning))
        let began = monotonicMilliseconds()
        let (result, signal) = try watch.follow(walk, progress) { teller.tell($0) }
        let outcome = OwnOutcome(
            report: try result.get(), signal: signal, milliseconds: monotonicMilliseconds() - began,
            dryRun: work.plan.dryRun)
        report(.ended(outcome))
        return outcome.status
    }

    /// What the walking thread is to do. The record is looked at now, before anything is said or done.
    private mutating func prepare(
        _ progress: WalkProgress, _ teller: Teller
    ) throws(RunFailure) -> @Sendable () -> Result<WalkReport, RunFailure> {
        guard let rule = work.rule else { return try prepareRestoration(progress, teller) }
        var options = work.options(progress, try openedRecord())
        options.calls = ground.calls
        options.onFinding = { teller.tell($0) }
        let (settled, trees) = (options, ground.files)
        return {
            do throws(SystemError) { return .success(try walk(trees: trees, rule: rule, options: settled)) } catch {
                return .failure(RunFailure(error))
            }
        }
    }

    private mutating func openedRecord() throws(RunFailure) -> ChangeRecord? {
        guard let path = work.plan.record, let file = record.take() else { return nil }
        do { return try ChangeRecord(file) } catch { throw RunFailure(error, record: path) }
    }

    private mutating func prepareRestoration(
        _ progress: WalkProgress, _ teller: Teller
    ) throws(RunFailure) -> @Sendable () -> Result<WalkReport, RunFailure> {
        guard case .restore(let path) = work.plan.task, let number = record.take()?.release() else {
            throw RunFailure("no record to restore from")
        }
        var options = work.restoreOptions(progress)
        options.calls = ground.calls
        options.onFinding = { teller.tell($0) }
        let (settled, trees) = (options, ground.files)
        return {
            // Called once: the restoration closes it.
            let record = Descriptor(owning: number)
            do throws(RecordFailure) {
                return .success(try restore(trees: trees, from: record, options: settled))
            } catch { return .failure(RunFailure(error, record: path)) }
        }
    }
}

/// Hands findings on, one at a time, with the paths that they have outside of their trees.
final class Teller: Sendable {
    private let paths: [[UInt8]]
    private let report: @Sendable (OwnEvent) -> Void
    private let mutex = Mutex()

    init(_ paths: [String], _ report: @escaping @Sendable (OwnEvent) -> Void) {
        self.paths = paths.map { Array($0.utf8) }
        self.report = report
    }

    func tell(_ finding: Finding) {
        let path = whole(finding.path, in: finding.tree)
        mutex.locked { report(.finding(finding, path: path)) }
    }

    func tell(_ snapshot: WalkProgress.Snapshot) {
        let place = snapshot.directory.map { whole($0, in: snapshot.tree) }
        let far = OwnershipProgress(snapshot, in: place)
        mutex.locked { report(.progress(far)) }
    }

    private func whole(_ path: [UInt8], in tree: Int) -> [UInt8] { join(paths[tree], path) }
}

/// A path that counts from a root, as it counts from where the root's own path does.
func join(_ root: [UInt8], _ path: [UInt8]) -> [UInt8] {
    if path.isEmpty || path == [UInt8(ascii: ".")] { return root }
    return root + (root.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + path
}

extension OwnershipProgress {
    init(_ snapshot: WalkProgress.Snapshot, in directory: [UInt8]?) {
        self.init(
            entries: snapshot.entries, changed: snapshot.changed, refused: snapshot.refused,
            threads: snapshot.threads, directory: directory)
    }
}
