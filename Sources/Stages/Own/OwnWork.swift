import Linux
import Ownership
import Plan

/// What a plan means for the engine.
struct OwnWork: Sendable {
    let plan: OwnPlan
    /// nil where a record is undone.
    let rule: OwnerRule?

    init(_ plan: OwnPlan) throws(RunFailure) {
        self.plan = plan
        switch plan.task {
        case .give(let user, let group, var acceptedGroups, let filter):
            if case .subordinateRanges = plan.power, !acceptedGroups.isEmpty { acceptedGroups.insert(unmappedGroup) }
            let goal = OwnershipGoal(user: user, group: group, acceptedGroups: acceptedGroups)
            rule = .give(goal, from: filter.map { OwnerPattern(user: $0.user, group: $0.group) })
        case .translate(let moves): rule = .translate(try IDTranslation(moves))
        case .restore: rule = nil
        }
    }

    func options(_ progress: WalkProgress, _ record: ChangeRecord?) -> WalkOptions {
        var options = WalkOptions()
        options.mode = plan.dryRun ? .check : .change
        options.threads = plan.threads
        options.hardLinks = plan.hardLinks == .change ? .change : .refuse
        options.deadline = deadline
        options.record = record
        options.progress = progress
        return options
    }

    func restoreOptions(_ progress: WalkProgress) -> RestoreOptions {
        var options = RestoreOptions()
        options.mode = plan.dryRun ? .check : .change
        options.deadline = deadline
        options.progress = progress
        return options
    }

    private var deadline: ContinuousClock.Instant? { plan.deadline.map { .now + .milliseconds($0) } }
}

extension IDTranslation {
    fileprivate init(_ moves: [IDMove]) throws(RunFailure) {
        // The plan has looked that none is empty, or too long.
        let ranges = moves.map { IDRange(from: $0.from, to: $0.to, count: $0.count)! }
        do { try self.init(users: ranges, groups: ranges) } catch {
            throw RunFailure(
                "--map \(error.first.text) and --map \(error.second.text) overlap",
                hint: "an interrupted walk could not tell ids that have been translated from those that have not: "
                    + "go by a range that nobody uses")
        }
    }
}

extension IDRange {
    fileprivate var text: String { "\(from):\(to):\(count)" }
}
