import Linux
import Plan

/// Does what the plan says, in stages; answers the exit status of the session.
///
/// Call it from a process of one thread. Where it throws, nothing of the command has been executed. `interval` is how often
/// the owner worker reports progress, in milliseconds; nil: never.
package func run(
    _ plan: RunPlan, progressEvery interval: Int?, report: (Event) -> Void
) throws(RunFailure) -> Int32 {
    report(.planned(plan))
    return try Started.begin(plan, reportEvery: interval, report)
        .map(report)
        .mount(report)
        .own(report)
        .drop(report)
        .run(plan.command, report)
}

extension RunPlan {
    /// Facts that only those read who follow the run.
    func told<Failure>(_ gather: () throws(Failure) -> [Fact]) throws(Failure) -> [Fact] {
        isFollowed ? try gather() : []
    }
}

/// Finds what can be found wrong with a plan without changing anything: sources, their rights, and targets.
///
/// A copy of this process becomes the account and looks; this one keeps what it is.
package func check(_ plan: RunPlan) throws(RunFailure) {
    let outcome = try inChild { () throws(RunFailure) in
        try refuseLimitsAboveOwn(plan.session.limits)
        try refuseAbsentModules(plan.session.labels)
        let sources = try HeldSources.open(plan)
        try refuseDescriptors(plan, sources)
        _ = try TargetPlace.find(plan)
        _ = try ProfileFilters(plan.session)
        try becomeAccount(plan.identity)
        try sources.checkReadable(asFarAs: plan)
        _ = try readEnvironmentFiles(plan)
        _ = try ControlGroup.find(plan.session.limits)
    }
    if let outcome { throw outcome }
}
