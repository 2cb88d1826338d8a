import Linux
import Ownership
import Plan
import Seccomp

/// A walk with all that it needs, held open.
struct OwnWalk: ~Copyable {
    private let work: OwnWork
    private let trees: HeldTrees
    private let record: Descriptor?

    init(_ work: OwnWork, _ trees: consuming HeldTrees, _ record: consuming Descriptor?) {
        self.work = work
        self.trees = trees
        self.record = record
    }

    /// Gives up all but `kept`, and whatever else the walk does not need.
    func limit(to kept: CapabilitySet, keeping others: [FileReference]) throws(RunFailure) -> OwnBeginning {
        let files = others + (recordFile.map { [$0] } ?? [])
        let confined = try limitWalk(to: kept, trees: trees.files, keeping: files)
        let held = try explained { () throws(SystemError) in try CapabilityState.current().effective }
        return OwnBeginning(
            paths: trees.paths, skipped: trees.skipped, capabilities: held.names, isInRanges: false,
            isConfined: confined)
    }

    /// Walks on other threads, while this one reports progress and listens to signals; answers the exit status.
    func carryOut(
        _ beginning: OwnBeginning, _ watch: Watch, _ report: @escaping @Sendable (OwnEvent) -> Void
    ) throws(RunFailure) -> Int32 {
        let teller = Teller(trees.paths, report)
        let progress = WalkProgress()
        let walk = try prepare(progress, teller)
        try explained { () throws(SystemError) in
            try WorkerFilter.install(.everybody(records: recordFile != nil))
        }
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
    private func prepare(
        _ progress: WalkProgress, _ teller: Teller
    ) throws(RunFailure) -> @Sendable () -> Result<WalkReport, RunFailure> {
        let trees = trees.files
        guard let rule = work.rule else { return try prepareRestoration(progress, teller) }
        var options = work.options(progress, try openedRecord())
        options.onFinding = { teller.tell($0) }
        let settled = options
        return {
            do throws(SystemError) { return .success(try walk(trees: trees, rule: rule, options: settled)) } catch {
                return .failure(RunFailure(error))
            }
        }
    }

    private func openedRecord() throws(RunFailure) -> ChangeRecord? {
        guard let path = work.plan.record, let file = try duplicateRecord() else { return nil }
        do { return try ChangeRecord(file) } catch { throw RunFailure(error, record: path) }
    }

    private func prepareRestoration(
        _ progress: WalkProgress, _ teller: Teller
    ) throws(RunFailure) -> @Sendable () -> Result<WalkReport, RunFailure> {
        guard case .restore(let path) = work.plan.task, let number = try duplicateRecord()?.release() else {
            throw RunFailure("no record to restore from")
        }
        let trees = trees.files
        var options = work.restoreOptions(progress)
        options.onFinding = { teller.tell($0) }
        let settled = options
        return {
            // Called once: the restoration closes it.
            let record = Descriptor(owning: number)
            do throws(RecordFailure) {
                return .success(try restore(trees: trees, from: record, options: settled))
            } catch { return .failure(RunFailure(error, record: path)) }
        }
    }

    private func duplicateRecord() throws(RunFailure) -> Descriptor? {
        guard let recordFile else { return nil }
        return try explained { () throws(SystemError) in try recordFile.duplicate() }
    }

    private var recordFile: FileReference? {
        switch record {
        case .some(let record): record.file
        case nil: nil
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
