import Glibc
import Linux
import Plan

extension PathFacts {
    var findings: [DoctorFinding] {
        switch answer {
        case .silent:
            [.problem(Gate.deadDirectory, "'\(path)' did not answer within \(Self.deadline) ms", facts: facts)]
        case .unreachable(let reason): [.problem(Gate.missingDirectory, "'\(path)': \(reason)", facts: facts)]
        case .seen(let type, let asStarter, let asAccount):
            [readFinding(type, asStarter, asAccount)] + [networkFinding(type, asStarter)].compactMap { $0 }
        }
    }

    private var facts: [Fact] { [Fact("path", .text(path))] }

    private func readFinding(_ type: Int, _ asStarter: Int32, _ asAccount: Int32) -> DoctorFinding {
        let name = FileSystemName.of(type)
        let facts = facts + [Fact("type", .text(name))]
        if asAccount == 0 { return .ok("path", "'\(path)' (\(name)) can be read by the account", facts: facts) }
        let sentence = "'\(path)' (\(name)) cannot be read by the account: \(Errno(asAccount))"
        // As a home it is given to the account before anybody reads it.
        let canBeGiven = starterHasPower && asStarter == 0
        return canBeGiven
            ? .note(Gate.unreadableDirectory, sentence, facts: facts)
            : .problem(Gate.unreadableDirectory, sentence, facts: facts)
    }

    private func networkFinding(_ type: Int, _ asStarter: Int32) -> DoctorFinding? {
        guard FileSystemName.of(type) == "nfs" else { return nil }
        if starterHasPower && asStarter == EACCES {
            return .note(
                Gate.rootSquash, "the NFS server of '\(path)' does not let this machine's root read it: root_squash",
                facts: facts)
        }
        return .note(
            "nfs",
            "'\(path)' lies on NFS: whether its server lets owners be changed (root_squash) shows when it is tried",
            cure: Gate.rootSquash.cure, facts: facts)
    }
}

/// The names of file systems by the numbers of statfs(2).
enum FileSystemName {
    static func of(_ type: Int) -> String { names[type] ?? "0x" + String(type, radix: 16) }

    private static let names = [
        0x6969: "nfs", 0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs",
        0x6573_5546: "fuse", 0x794C_7630: "overlay", 0xFF53_4D42: "cifs", 0xFE53_4D42: "smb", 0x0BD0_0BD0: "lustre",
        0x1983_0326: "beegfs", 0x4750_4653: "gpfs", 0x00C3_6400: "ceph", 0x0102_1997: "9p", 0x2FC1_2FC1: "zfs",
        0xF2F5_2010: "f2fs", 0x9FA0: "proc", 0x6265_6572: "sysfs", 0x5346_414F: "afs",
    ]
}
