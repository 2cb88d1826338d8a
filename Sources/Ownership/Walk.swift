import Glibc
import Linux
import Synchronization

/// Walks the tree below `root` and gives every entry that is not right the owner that the rule says.
///
/// Directories are opened one level at a time, links never followed, mounts never crossed, and nothing is opened that is
/// not a directory. What is changed is changed by the descriptor that was looked at (but see `WalkOptions.trustedUser`). A
/// directory is changed after its entries, and the root last of all, only when nothing was refused and everything was
/// seen: a walk that was interrupted, or that has to be repeated, is seen from the root alone.
///
/// Throws where the root cannot be read; what goes wrong below is counted, and listed or handed to `onFinding`.
package func walk(root: FileReference, rule: OwnerRule, options: WalkOptions) throws(SystemError) -> WalkReport {
    let walk = try Walk(root, rule, options)
    try options.record?.begin(walk.root.place, time: walk.began)
    try Crew(walk).run()
    return walk.finish()
}

/// One walk, shared by its threads.
final class Walk: @unchecked Sendable {
    // Sendable: `report` and `links` are touched under `mutex` alone; the rest is atomic, or does not change.
    let options: WalkOptions
    let ruling: Ruling
    let root: OpenDirectory
    let fileSystem: TreeFileSystem
    /// CLOCK_REALTIME in nanoseconds.
    let began: Int64
    let queue = WorkQueue()
    private let trustedUser: UInt32?
    private let ending = Atomic<UInt8>(WalkEnding.complete.rawValue)
    /// Directories that were put aside when they had been read in part.
    private let parked = Atomic<Int>(0)
    private let mutex = Mutex()
    private var report = WalkReport()
    private var links = LinkTable()
    private var failure: SystemError?

    convenience init(_ root: FileReference, _ rule: OwnerRule, _ options: WalkOptions) throws(SystemError) {
        try DescriptorLimit.raise()
        let opened = try root.open(".", [.directory])
        do { try self.init(opened, rule, options) } catch { throw SystemError("statx", on: "tree", error) }
    }

    private init(_ root: consuming Descriptor, _ rule: OwnerRule, _ options: WalkOptions) throws(Errno) {
        let status = try EntryStatus.of(root.file)
        fileSystem = TreeFileSystem(root.file)
        let mayTrust = options.trustedUser != nil && fileSystem.modesAreTheWholeTruth
        let isAlone = mayTrust ? try root.tryLock() : false
        trustedUser = isAlone ? options.trustedUser : nil
        let trusted = status.isWritable(onlyBy: trustedUser)
        self.root = OpenDirectory(root, Place(EntryName("."), in: nil, status), status, isTrusted: trusted)
        ruling = Ruling(rule)
        self.options = options
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        began = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        queue.add(.rest(of: self.root))
        parked.store(1, ordering: .relaxed)
    }

    deinit {
        ruling.deallocate()
        if trustedUser != nil { root.descriptor.unlock() }
    }

    /// Whether only the trusted user can exchange the entries of a directory.
    func trusts(_ directory: EntryStatus) -> Bool { directory.isWritable(onlyBy: trustedUser) }

    func count(link name: EntryName, _ status: EntryStatus, in directory: OpenDirectory) {
        mutex.locked { links.count(status, name, in: directory.place) }
    }

    func collect(_ more: WalkReport) { mutex.locked { report.add(more) } }

    /// After all threads: the files with several links, and the root.
    func finish() -> WalkReport {
        var last = Walker(self)
        last.settle(links)
        last.settleRoot(refusedBefore: report.refused)
        last.end()
        report.ending = WalkEnding(rawValue: ending.load(ordering: .relaxed)) ?? .complete
        if failure == nil, let record = options.record {
            do throws(SystemError) { try record.end(report) } catch { fail(error) }
        }
        return collected()
    }

    /// What all have collected, and why it came to an end.
    func collected() -> WalkReport {
        var report = report
        report.ending = WalkEnding(rawValue: ending.load(ordering: .relaxed)) ?? .complete
        if let failure {
            report.ending = .recordFailed
            report.failure = failure.description
        }
        return report
    }
}

extension Walk {
    var isStopped: Bool { ending.load(ordering: .relaxed) != WalkEnding.complete.rawValue }

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

extension EntryStatus {
    /// By its owner and mode. An access control list gives nobody more than the group's bits here allow.
    fileprivate func isWritable(onlyBy trusted: UInt32?) -> Bool { user == trusted && mode & (S_IWGRP | S_IWOTH) == 0 }
}
