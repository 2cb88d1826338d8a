import Glibc
import Linux
import Plan

extension LimitKind {
    /// What setrlimit(2) holds; nil where a cgroup does.
    fileprivate var resource: Resource? {
        switch self {
        case .files: .files
        case .core: .core
        case .fsize: .fileSize
        case .stack: .stack
        case .nproc: .processes
        case .memlock: .lockedMemory
        case .cputime: .processorTime
        case .memory, .swap, .cpu, .pids, .hugePages: nil
        }
    }
}

/// Refuses limits above what berth was started with, which nobody in the session could set.
func refuseLimitsAboveOwn(_ limits: [Limit]) throws(RunFailure) {
    for limit in limits {
        guard let resource = limit.kind.resource else { continue }
        let hard = try explained { () throws(SystemError) in try resource.hardLimit() }
        if limit.isFirm && limit.value > hard {
            throw RunFailure(
                "limit '\(limit.kind.rawValue)': \(limit.value) is above the hard limit that berth has, \(hard)",
                hint: "a limit can only be lowered: see ulimit -H")
        }
    }
}

/// In the process that becomes the command.
func applyResourceLimits(_ limits: [Limit]) throws(SystemError) {
    for limit in limits {
        guard let resource = limit.kind.resource else { continue }
        try resource.limit(to: limit.isFirm ? limit.value : min(limit.value, try resource.hardLimit()))
    }
}
