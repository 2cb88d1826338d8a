import Glibc
import Linux
import Ownership
import Plan
import Stages

/// What `berth own` prints: the result and every finding on standard output, troubles and progress on standard error.
final class OwnConsole: @unchecked Sendable {
    // Sendable: everything that changes is touched under `mutex` alone.
    private let mutex = Mutex()
    private let json: Bool
    private var display: ProgressDisplay
    private var refused = FindingList()
    private var noticed = FindingList()
    private var beginning: OwnBeginning?
    private var isBroken = false

    init(progress: ProgressStyle, json: Bool) {
        display = ProgressDisplay(progress)
        self.json = json
    }

    /// Before anything is done.
    func warn(of plan: OwnPlan) {
        if case .give(user: 0, _, _, _) = plan.task, !plan.dryRun {
            complain("warning: the files are given to root")
        }
    }

    func show(_ event: OwnEvent) {
        mutex.locked {
            switch event {
            case .began(let beginning):
                self.beginning = beginning
                if json { write(beginning.record.json) }
            case .finding(let finding, let path): note(finding, path)
            case .progress(let far): display.show(far)
            case .ended(let outcome): end(outcome)
            }
        }
    }

    /// Nothing was done.
    func fail(_ parting: Parting) {
        mutex.locked {
            display.clear()
            if json { write(errorRecord(parting).json) }
        }
    }

    private func note(_ finding: Finding, _ path: [UInt8]) {
        if json { write(finding.record(path).json) }
        switch finding.kind {
        case .wrong: if finding.obstacle != nil { refused.add(finding, path) }
        case .refused, .different: refused.add(finding, path)
        case .setIDCleared, .setIDKept, .capabilitiesCleared, .capabilitiesKept: noticed.add(finding, path)
        }
    }

    private func end(_ outcome: OwnOutcome) {
        display.clear()
        write(json ? outcome.record.json : outcome.text(beginning))
        if noticed.count > 0 {
            complain("warning: set-id bits or capabilities of \(noticed.count) files", details: noticed.lines)
        }
        for trouble in outcome.troubles { complain(trouble.message, hint: trouble.hint) }
        if refused.count > 0 {
            let what = outcome.dryRun ? "would be left as they are" : "were left as they are"
            complain("\(refused.count) entries \(what)", details: refused.lines, hint: outcome.cure(beginning))
        }
    }

    /// Where nobody can read it, the walk goes on, since half of it is no better; the exit status still tells.
    private func write(_ lines: String) {
        if isBroken { return }
        do { try FileReference(STDOUT_FILENO).writeRecord(Array((lines + "\n").utf8)) } catch {
            isBroken = true
            complain("warning: standard output: \(error.reason)")
        }
    }
}

/// Findings of one sort: all are counted, the first are shown.
struct FindingList {
    private(set) var count = 0
    private var shown: [String] = []

    private static let most = 20

    mutating func add(_ finding: Finding, _ path: [UInt8]) {
        count += 1
        if shown.count < Self.most { shown.append("'\(printable(bytes: path))': \(finding.detail)") }
    }

    var lines: [String] {
        count > shown.count ? shown + ["and \(count - shown.count) more, which --json lists"] : shown
    }
}
