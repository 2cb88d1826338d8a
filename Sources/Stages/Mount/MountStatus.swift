import Glibc
import Linux

/// The exit statuses of mount(8), which are those of its helpers.
///
/// 16 is missing: it is for the file /etc/mtab, which berth never writes.
package enum MountStatus: Int32, Sendable {
    case invocation = 1
    case system = 2
    case berth = 4
    case interrupted = 8
    case mount = 32
}

extension RunFailure {
    /// The failure with mount(8)'s exit status; one that has a status other than berth's own keeps it.
    func withMountStatus() -> RunFailure {
        var failure = self
        if status == RunFailure.ownStatus { failure.status = MountStatus(cause).rawValue }
        return failure
    }
}

extension MountStatus {
    init(_ cause: RunFailure.Cause) {
        switch cause {
        case .refusal: self = .invocation
        case .system(let reason): self = Self.shortages.contains(reason) ? .system : .mount
        case .berth: self = .berth
        case .interruption: self = .interrupted
        case .other: self = .mount
        }
    }

    /// The machine has too little of something; nothing is wrong with what was asked for.
    private static let shortages = Set([ENOMEM, EAGAIN, EMFILE, ENFILE].map { Errno($0) })
}
