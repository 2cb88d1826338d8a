import Foundation
import Testing

/// A machine or pod that is one way or another, and what `berth doctor` must say there.
struct Circumstance: Sendable, CustomTestStringConvertible {
    let name: String
    var starter = Starter.ordinaryAccount
    /// What stands between the starter and berth.
    var wrapper: [String] = []
    /// A finding that must be there: its level, its code, and a word of its cure.
    var level = "ok"
    let code: String
    var cure = ""
    var works = true
    var testDescription: String { name }
}

/// What `berth doctor --json` said.
struct DoctorAnswer {
    let outcome: Outcome
    let findings: [[String: Any]]

    init(_ outcome: Outcome) throws {
        self.outcome = outcome
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        guard let object, object["version"] as? Int == 1, let works = object["works"] as? Bool,
            let findings = object["findings"] as? [[String: Any]], works == (outcome.status == 0)
        else { throw CommandError("no answer of doctor: \(outcome)") }
        self.findings = findings
    }

    /// The codes of a level, in the order in which they are told.
    func codes(_ level: String) -> [String] {
        findings.filter { $0["level"] as? String == level }.compactMap { $0["code"] as? String }
    }

    func finding(_ code: String) -> [String: Any]? { findings.first { $0["code"] as? String == code } }
}

extension Circumstance {
    func doctor(_ arguments: [String] = []) throws -> DoctorAnswer {
        let berth = [Machine.program("berth"), "doctor", "--json"] + starter.options + arguments
        return try DoctorAnswer(try Command(starter.prefix + wrapper + berth).run())
    }

    /// A run in the same place.
    func run(_ tree: Tree, _ options: [String] = []) throws -> Outcome {
        var run = BerthRun(tree.options + options, ["true"], starter)
        run.wrapper = wrapper
        return try run.run()
    }

    /// A mount namespace of root's in which a script has been run.
    static func namespace(_ script: String) -> [String] {
        ["unshare", "-m", "sh", "-c", "{ \(script); } && exec \"$@\"", "sh"]
    }

    private static let id = ["--map-user=1000", "--map-group=1000", "--"]

    static let ordinary: [Circumstance] = [
        Circumstance(name: "an ordinary account", code: "rehearsal"),
        Circumstance(
            name: "user.max_user_namespaces is 0", starter: .namespaceRoot,
            wrapper: ["sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"", "sh"],
            level: "problem", code: "userns-sysctl", cure: "user.max_user_namespaces", works: false),
        Circumstance(
            name: "user.max_mnt_namespaces is 0", starter: .namespaceRoot,
            wrapper: ["sh", "-c", "echo 0 > /proc/sys/user/max_mnt_namespaces && exec \"$@\"", "sh"],
            level: "problem", code: "mountns-limit", cure: "user.max_mnt_namespaces", works: false),
        Circumstance(
            name: "user.max_pid_namespaces is 0", starter: .namespaceRoot,
            wrapper: ["sh", "-c", "echo 0 > /proc/sys/user/max_pid_namespaces && exec \"$@\"", "sh"],
            level: "note", code: "pidns-limit", cure: "user.max_pid_namespaces"),
        Circumstance(
            name: "a filter refuses unshare", wrapper: [Machine.program("session-probe"), "refuse-namespaces"],
            level: "problem", code: "userns-seccomp", cure: "seccomp", works: false),
        Circumstance(
            name: "a filter refuses mounts", wrapper: [Machine.program("session-probe"), "refuse-mounts"],
            level: "problem", code: "mount-seccomp", cure: "fsopen", works: false),
        Circumstance(
            name: "in a user namespace", wrapper: ["unshare", "--user"] + id, level: "note", code: "userns-nested"),
    ]

    static let root: [Circumstance] = [
        Circumstance(name: "root, naming the account", starter: .rootNamingAccount, code: "rehearsal"),
        Circumstance(
            name: "root without CAP_KILL, which may not signal the account", starter: .rootNamingAccount,
            wrapper: ["setpriv", "--bounding-set=-kill", "--"], code: "rehearsal"),
        Circumstance(name: "an account with capabilities", starter: .capableAccount, code: "owner-capabilities"),
        Circumstance(
            name: "/dev/null lies over /dev/fuse", starter: .rootNamingAccount,
            wrapper: namespace("mount --bind /dev/null /dev/fuse"),
            level: "problem", code: "fuse-other-device", cure: "10 229", works: false),
        Circumstance(
            name: "a regular file lies over /dev/fuse", starter: .rootNamingAccount,
            wrapper: namespace("mount -t tmpfs tmpfs /mnt && : > /mnt/f && mount --bind /mnt/f /dev/fuse"),
            level: "problem", code: "fuse-other-device", cure: "10 229", works: false),
        Circumstance(
            name: "there is no /dev/fuse", starter: .rootNamingAccount, wrapper: namespace(devices("true")),
            level: "problem", code: "fuse-missing", cure: "--device /dev/fuse", works: false),
        Circumstance(
            name: "/dev/fuse has mode 0600", starter: .rootNamingAccount,
            wrapper: namespace(devices("mknod -m 600 /dev/fuse c 10 229")),
            level: "problem", code: "fuse-mode", cure: "chmod 0666 /dev/fuse", works: false),
        Circumstance(
            name: "/dev/fuse lies on a nodev mount", starter: .rootNamingAccount,
            wrapper: namespace(devices("mknod -m 666 /dev/fuse c 10 229 && mount -o remount,nodev /dev")),
            level: "problem", code: "fuse-nodev", cure: "nodev", works: false),
        Circumstance(
            name: "in a chroot", starter: .rootNamingAccount,
            wrapper: ["unshare", "-m", "sh", "-c", "mount --rbind / /mnt && exec chroot /mnt \"$@\"", "sh"],
            level: "problem", code: "userns-refused", cure: "chroot", works: false),
        Circumstance(
            name: "root under a filter that refuses unshare", starter: .rootNamingAccount,
            wrapper: [Machine.program("session-probe"), "refuse-namespaces"],
            level: "problem", code: "userns-seccomp", cure: "seccomp", works: false),
        Circumstance(
            name: "parts of /proc are covered", starter: .rootNamingAccount,
            wrapper: namespace("mount -t tmpfs -o ro tmpfs /proc/scsi || mount -t tmpfs -o ro tmpfs /proc/fs"),
            level: "note", code: "proc-masked", cure: "unmask"),
    ]

    /// A /dev that holds only what a container's would.
    private static func devices(_ fuse: String) -> String {
        "mount -t tmpfs -o mode=755 tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && "
            + "mknod -m 666 /dev/urandom c 1 9 && \(fuse)"
    }
}
