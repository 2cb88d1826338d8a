import Glibc
import Linux
import Plan

/// The cgroup(7) that holds the session to its limits: a child of the one berth is in, made and removed by the account.
///
/// The limits are in that child, and the session in a cgroup within it: where it may make namespaces, it can mount the cgroups
/// from its own one down, and write in them. Only a cgroup that was delegated to the account will do, so no power is kept for the end. The session is the same account:
/// what keeps it from taking its own limits off is that its namespace sees every cgroup2 mount read-only.
struct ControlGroup: ~Copyable {
    /// berth's own, opened before the mounts of the namespace were made read-only.
    let own: Descriptor
    let limits: [Limit]
    let name = "berth-\(ProcessID.current.rawValue)"
    static let innermost = "session"
    /// Whether berth and its servers were moved to a cgroup beside the session's.
    var isMoved = false

    /// Opens berth's own cgroup; nil where no limit needs one. Refused where it cannot hold what was asked for.
    static func find(_ limits: [Limit]) throws(RunFailure) -> ControlGroup? {
        let needed = limits.filter { $0.kind.controlGroupFile != nil }
        guard let first = needed.first else { return nil }
        let what = "limit '\(first.kind.rawValue)'"
        guard let own = try openOwn() else {
            throw RunFailure("\(what): berth is in no cgroup of version 2 that it can see", hint: delegation)
        }
        let there = try explained { () throws(SystemError) in try words(own, "cgroup.controllers") }
        for limit in needed where !there.contains(limit.kind.controlGroupFile!.controller) {
            throw RunFailure(
                "limit '\(limit.kind.rawValue)': berth's cgroup does not have the controller "
                    + "'\(limit.kind.controlGroupFile!.controller)'", hint: delegation)
        }
        for file in [".", "cgroup.procs", "cgroup.subtree_control"] {
            do { try own.check(access: W_OK, file) } catch {
                throw RunFailure("\(what): berth's cgroup is not delegated to the account", hint: delegation)
            }
        }
        return ControlGroup(own: own, limits: needed)
    }

    private static let delegation =
        "such a limit needs a cgroup that belongs to the account, as systemd-run --user --scope -p Delegate=yes makes one; "
        + "files, core, fsize, stack, nproc, memlock and cputime need none"

    private init(own: consuming Descriptor, limits: [Limit]) {
        self.own = own
        self.limits = limits
    }

    var controllers: Set<String> { Set(limits.map { $0.kind.controlGroupFile!.controller }) }

    static func words(_ group: borrowing Descriptor, _ file: String) throws(SystemError) -> Set<String> {
        Set(try group.text(ofFile: file).split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// By its path in every mount of its kind, until one shows this very process in it.
    private static func openOwn() throws(RunFailure) -> Descriptor? {
        try explained { () throws(SystemError) in
            guard let path = try controlGroupPath() else { return nil }
            let table = try mountTable().filter { $0.type == "cgroup2" }
            for entry in table {
                let place = SourcePath(device: entry.device, path: path)
                for candidate in aliases(of: place, in: [entry]) {
                    do throws(SystemError) {
                        let group = try FileReference.workingDirectory.open(candidate.path, [.directory])
                        if try words(group, "cgroup.procs").contains("\(ProcessID.current.rawValue)") { return group }
                    } catch { continue }
                }
            }
            return nil
        }
    }

    /// In the process that becomes the command.
    func join() throws(SystemError) {
        try own.open("\(name)/\(Self.innermost)", [.directory]).writeText("0", to: "cgroup.procs")
    }
}

/// Makes every mount that shows cgroups read-only in the session's namespace; answers their paths.
func holdControlGroupsReadOnly() throws(RunFailure) -> [String] {
    let paths = try explained { () throws(SystemError) in
        try mountTable().filter { $0.type == "cgroup2" }.map(\.mountPoint)
    }
    for path in paths {
        let place = try explained { () throws(SystemError) in
            try FileReference.workingDirectory.open(path, [.pathOnly, .noFollow])
        }
        try bindReadOnly(place, path)
    }
    return paths
}
