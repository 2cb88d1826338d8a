import Glibc
import Linux
import Plan

/// What is known about control groups of version 2, cgroups(7).
struct ControlGroupFacts: Sendable {
    /// Where the own group lies in the file system; nil where version 2 is not mounted, or does not show it.
    var directory: String?
    /// Version 1 is mounted as well.
    var isHybrid: Bool
    var controllers: [String]
    /// Whether the account may make groups there, and move its processes into them.
    var isWritable: Bool

    static func gathered(_ identity: Identity) throws(SystemError) -> ControlGroupFacts {
        let table = try mountTable()
        let isHybrid = table.contains { $0.type == "cgroup" }
        let path = ownControlGroup(try readText("/proc/self/cgroup"))
        guard let path, let directory = controlGroupDirectory(path, in: table) else {
            return ControlGroupFacts(directory: nil, isHybrid: isHybrid, controllers: [], isWritable: false)
        }
        return ControlGroupFacts(
            directory: directory, isHybrid: isHybrid, controllers: try controllers(of: directory),
            isWritable: isWritable(directory, by: identity.account))
    }

    var findings: [DoctorFinding] {
        guard let directory else {
            return [.note(Gate.noDelegation, "berth's own control group of version 2 cannot be seen", facts: facts)]
        }
        if isWritable && !controllers.isEmpty {
            let what = controllers.joined(separator: " ")
            return [.ok("cgroup", "the account has the control group '\(directory)', with \(what)", facts: facts)]
        }
        let why = controllers.isEmpty ? "has no controllers" : "is not the account's to write"
        return [.note(Gate.noDelegation, "the control group '\(directory)' \(why)", facts: facts)]
    }

    private var facts: [Fact] {
        [
            Fact("directory", directory.map { .text($0) } ?? .flag(false)), Fact("hybrid", .flag(isHybrid)),
            Fact("controllers", .list(controllers.map { .text($0) })), Fact("writable", .flag(isWritable)),
        ]
    }

    private static func controllers(of directory: String) throws(SystemError) -> [String] {
        do {
            return try readText(directory + "/cgroup.controllers").split(whereSeparator: \.isWhitespace).map(
                String.init)
        } catch {
            if error.reason == Errno(ENOENT) || error.reason == Errno(EACCES) { return [] }
            throw error
        }
    }

    /// By owner and mode, on a mount that can be written: what delegation hands over, cgroups(7).
    private static func isWritable(_ directory: String, by account: Account) -> Bool {
        let groups = [account.group.rawValue] + account.supplementaryGroups.map(\.rawValue)
        return ["", "/cgroup.procs", "/cgroup.subtree_control"].allSatisfy { file in
            do throws(SystemError) {
                let place = try FileReference.workingDirectory.open(directory + file, .pathOnly)
                let status = try place.status()
                let bits: mode_t =
                    status.st_uid == account.user.rawValue
                    ? S_IWUSR : groups.contains(status.st_gid) ? S_IWGRP : S_IWOTH
                return status.st_mode & bits != 0 && !isReadOnly(place)
            } catch { return false }
        }
    }

    private static func isReadOnly(_ place: borrowing Descriptor) -> Bool {
        do { return try place.mountOptions().contains(.readOnly) } catch { return true }
    }
}

/// The path of version 2 in /proc/PID/cgroup, the line `0::PATH`; nil where there is none.
func ownControlGroup(_ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("0::/") }.map { String($0.dropFirst(3)) }
}

/// Where a mount of version 2 shows the group at `path`, which counts from the root of the cgroup namespace.
func controlGroupDirectory(_ path: String, in table: [MountEntry]) -> String? {
    for entry in table where entry.type == "cgroup2" {
        if entry.root == "/" { return path == "/" ? entry.mountPoint : entry.mountPoint + path }
        if entry.root == path { return entry.mountPoint }
        if path.hasPrefix(entry.root + "/") { return entry.mountPoint + path.dropFirst(entry.root.utf8.count) }
    }
    return nil
}
