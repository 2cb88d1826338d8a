import Linux
import Plan

/// What is known about the kernel itself.
struct KernelFacts: Sendable {
    /// `uname -r`.
    var release: String
    /// 0: none.
    var landlock: Int
    /// `Seccomp:` and `Seccomp_filters:` of /proc/self/status.
    var seccompMode: Int?
    var seccompFilters: Int?
    var trial: Trial

    static func gathered(_ trial: Trial) throws(SystemError) -> KernelFacts {
        let status = try ProcessStatus.of("self")
        return KernelFacts(
            release: try readText("/proc/sys/kernel/osrelease").split(separator: "\n").first.map(String.init) ?? "",
            landlock: Landlock.version(), seccompMode: status.seccompMode, seccompFilters: status.seccompFilters,
            trial: trial)
    }

    var findings: [DoctorFinding] {
        var list = [DoctorFinding.ok("kernel", "Linux \(release)", facts: [Fact("release", .text(release))])]
        list += [
            .attempt("mountns", trial[.mountNamespace], "a mount namespace can be made in the user namespace"),
            .attempt(
                "mount-api", trial[.mountCalls], "open_tree, mount_setattr, fsopen, fsmount and move_mount work in it"),
        ].compactMap { $0 }
        list += [landlockFinding, seccompFinding] + [procFinding].compactMap { $0 }
        return list
    }

    private var landlockFinding: DoctorFinding {
        if landlock > 0 {
            return .ok("landlock", "Landlock, interface \(landlock)", facts: [Fact("abi", .number(Int64(landlock)))])
        }
        return .note(
            "landlock", "there is no Landlock: the file servers have one fence less",
            cure: "Linux 5.13 or later with 'landlock' in the kernel's lsm= list, and a seccomp profile that allows it")
    }

    private var seccompFinding: DoctorFinding {
        let facts = [
            seccompMode.map { Fact("mode", .number(Int64($0))) },
            seccompFilters.map { Fact("filters", .number(Int64($0))) },
        ].compactMap { $0 }
        if seccompMode == 0 { return .ok("seccomp", "no seccomp filter is in force", facts: facts) }
        let count = seccompFilters.map { "\($0)" } ?? "an unknown number of"
        return .note("seccomp", "seccomp filters in force for berth and all it starts: \(count)", facts: facts)
    }

    private var procFinding: DoctorFinding? {
        switch trial[.proc] {
        case .worked: .ok("proc", "a pid namespace with a /proc of its own can be made")
        case .failed(let failure):
            .note(
                failure.code ?? "proc-refused",
                "no pid namespace with a /proc of its own can be had: \(failure.message)",
                cure: failure.cure)
        case .notTried: nil
        }
    }
}
