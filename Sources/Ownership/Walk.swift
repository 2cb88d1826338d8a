import Glibc
import Linux
import Synchronization

/// Walks the trees below these directories, and gives every entry that is not right the owner that the rule says.
///
/// Directories are opened one level at a time, links never followed, mounts never crossed, and nothing is opened that is
/// not a directory. What is changed is changed by the descriptor that was looked at. A
/// directory is changed after its entries, and the roots last of all, each only when nothing was refused in its tree and
/// everything was seen: a walk that was interrupted, or that has to be repeated, is seen from the root alone. Files with
/// several links count the links in all the trees. No tree may lie in another one.
///
/// Throws where a root cannot be read; what goes wrong below is counted, and listed or handed to `onFinding`.
package func walk(
    trees: [FileReference], rule: OwnerRule, options: WalkOptions
) throws(SystemError) -> WalkReport {
    let walk = try Walk(trees, rule, options)
    try options.record?.begin(walk.trees.map(\.root.place), time: walk.began)
    try Crew(walk).run()
    return walk.finish()
}

/// One walk, shared by its threads.
final class Walk: @unchecked Sendable {
    // Sendable: `report` and `links` are touched under `mutex` alone; the rest is atomic, or does not change.
    let options: WalkOptions
    let ruling: Ruling
    let trees: [WalkedTree]
    /// CLOCK_REALTIME in nanoseconds.
    let began: Int64
    let queue = WorkQueue()
    private let ending = Atomic<UInt8>(WalkEnding.complete.rawValue)
    /// Directories that were put aside when they had been read in part.
    private let parked = Atomic<Int>(0)
    private let mutex = Mutex()
    private var report = WalkReport()
    private var links = LinkTable()
    private var failure: SystemError?

    init(_ roots: [FileReference], _ rule: OwnerRule, _ options: WalkOptions) throws(SystemError) {
        try DescriptorLimit.raise()
        var trees: [WalkedTree] = []
        for (number, root) in roots.enumerated() {
            trees.append(try WalkedTree.open(root, number: number, by: options.calls))
        }
        self.trees = trees
        ruling = Ruling(rule)
        self.options = options
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        began = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        queue.add(trees.map { .rest(of: $0.root) })
        parked.store(trees.count, ordering: .relaxed)
    }

    deinit { ruling.deallocate() }

    func tree(of place: Place) -> WalkedTree { trees[place.tree] }

    func count(link name: EntryName, _ status: EntryStatus, in directory: OpenDirectory) {
        mutex.locked { links.count(status, name, in: directory.place) }
    }

    func collect(_ more: WalkReport) { mutex.locked { report.add(more) } }

    /// After all threads: the files with several links, and the roots.
    func finish() -> WalkReport {
        var last = Walker(self)
        last.settle(links)
        for tree in trees { last.settleRoot(of: tree) }
        last.end()
        if failure == nil, let record = options.record {
            do throws(SystemError) { try record.end(collected()) } catch { fail(error) }
        }
        return collected()
    }

    /// What all have collected, and why it came to an end.
    func collected() -> WalkReport {
        var report = report
        report.ending = WalkEnding(rawValue: ending.load(ordering: .relaxed)) ?? .complete
        if report.ending == .complete && trees.contains(where: \.isAbandoned) { report.ending = .hopeless }
        if let failure {
            report.ending = .recordFailed
            report.failure = failure.description
        }
        return report
    }
}

extension Walk {
    var isStopped: Bool { ending.load(ordering: .relaxed) != WalkEnding.complete.rawValue }

    /// Whether there is nothing more to be done in the tree of this place.
    func isStopped(at place: Place) -> Bool { isStopped || tree(of: place).isAbandoned }

    /// Ends the walk before it has seen everything; the first reason stays.
    func stop(_ reason: WalkEnding) {
        _ = ending.compareExchange(
            expected: WalkEnding.complete.rawValue, desired: reason.rawValue, ordering: .relaxed)
        queue.stop()
    }

    /// Ends the walk since what it does cannot be written down.
    func fail(_ error: SystemError) {
        mutex.locked { if failure == nil { failure = error } }
        stop(.recordFailed)
    }

    /// Looks whether the walk should end by now.
    func checkTime() {
        if options.progress?.isCancelled == true { stop(.cancelled) }
        if let deadline = options.deadline, ContinuousClock.now >= deadline { stop(.deadline) }
    }

    /// Whether one more directory may be put aside, which keeps it open.
    func park() -> Bool {
        if parked.add(1, ordering: .relaxed).newValue <= 64 { return true }
        unpark()
        return false
    }

    func unpark() { parked.subtract(1, ordering: .relaxed) }
}
