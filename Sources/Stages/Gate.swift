import Glibc
import Linux

/// The gates that a machine or a container can shut before berth: which one it was, and the cure.
enum Gate {
    /// The hint for a failed call, where its cause is known.
    static func hint(for error: SystemError) -> String? {
        switch (error.call, error.reason.rawValue) {
        case ("unshare", _): return userNamespaceHint(error.reason, NamespaceSettings.current())
        case ("write", EPERM) where error.subject == "/proc/self/uid_map":
            return "to map root of this namespace, berth must be started with CAP_SETFCAP; or name another --account"
        case ("openat", ENOENT) where error.subject == fuseDevice:
            return "this container or machine has no /dev/fuse: load the fuse module outside, and give the container "
                + "the device (podman: --device /dev/fuse; Kubernetes: a device plugin)"
        case ("openat", EACCES) where error.subject == fuseDevice:
            return "/dev/fuse may not be opened by this account: chmod 0666 /dev/fuse, as the fuse3 package does"
        case ("openat", EPERM) where error.subject == fuseDevice:
            return "the device cgroup refuses /dev/fuse: allow the device c 10:229 rwm to the container"
        case ("openat", ENODEV), ("openat", ENXIO):
            return error.subject == fuseDevice ? "the kernel has no FUSE: modprobe fuse outside" : nil
        case ("fsopen", ENOSYS), ("open_tree", ENOSYS), ("mount_setattr", ENOSYS), ("move_mount", ENOSYS):
            return "berth needs Linux 5.12 or later, and a seccomp profile that allows the mount calls"
        case ("fsopen", EPERM), ("fsmount", EPERM), ("open_tree", EPERM), ("move_mount", EPERM), ("mount", EPERM),
            ("pivot_root", EPERM):
            return mountHint(NamespaceSettings.current())
        case ("fsopen", ENODEV): return "the kernel has no such file system: modprobe fuse outside"
        default: return nil
        }
    }

    static let fuseDevice = "/dev/fuse"

    /// Which gate refused a user namespace, user_namespaces(7) and the settings of distributions.
    static func userNamespaceHint(_ reason: Errno, _ settings: NamespaceSettings) -> String {
        switch reason.rawValue {
        case ENOSPC where settings.userNamespaceLimit == 0:
            return "user namespaces are switched off: sysctl user.max_user_namespaces=15000 (outside)"
        case ENOSPC:
            return "the limit user.max_user_namespaces (\(settings.userNamespaceLimit.map(String.init) ?? "unknown")) "
                + "is reached, or namespaces are nested 32 deep"
        case EUSERS: return "user namespaces are nested too deep (32 at most)"
        case ENOSYS where settings.seccompFilters:
            return "a seccomp filter refuses unshare: use a profile that allows it"
        case ENOSYS, EINVAL: return "this kernel was built without user namespaces (CONFIG_USER_NS)"
        case EPERM where settings.userNamespaceLimit == 0:
            return "user namespaces are switched off: sysctl user.max_user_namespaces=15000 (outside)"
        case EPERM where settings.debianSwitch == 0:
            return "user namespaces are for root only here: sysctl kernel.unprivileged_userns_clone=1"
        case EPERM where settings.appArmorRestriction == 1:
            return "AppArmor keeps user namespaces from unconfined programs: sysctl "
                + "kernel.apparmor_restrict_unprivileged_userns=0, or a profile for berth with the rule 'userns,'"
        case EPERM, EACCES:
            return settings.seccompFilters
                ? "a seccomp filter refuses unshare: podman's default profile allows it; for docker and Kubernetes "
                    + "use a profile that allows unshare and mount, or hostUsers: false"
                : "a security module refuses user namespaces, or berth runs in a chroot"
        default: return "user_namespaces(7) lists what limits them"
        }
    }

    /// Which gate refused a mount inside a namespace of our own, where we have every capability.
    static func mountHint(_ settings: NamespaceSettings) -> String {
        if settings.appArmorRestriction == 1 {
            return "AppArmor took the namespace's capabilities away: sysctl "
                + "kernel.apparmor_restrict_unprivileged_userns=0, or a profile for berth with the rule 'userns,'"
        }
        if settings.seccompFilters {
            return "a seccomp filter refuses the mount calls: use a profile that allows mount, umount2, fsopen, "
                + "fsconfig, fsmount, move_mount, open_tree, mount_setattr and pivot_root"
        }
        return "a security module (AppArmor, SELinux) refuses mounts here"
    }
}

/// What the kernel says about the gates of namespaces; nil where it has no such setting.
struct NamespaceSettings: Hashable, Sendable {
    /// user.max_user_namespaces.
    var userNamespaceLimit: Int?
    /// kernel.unprivileged_userns_clone, a patch of Debian's and Arch's kernels.
    var debianSwitch: Int?
    /// kernel.apparmor_restrict_unprivileged_userns, Ubuntu 23.10 and later.
    var appArmorRestriction: Int?
    /// A seccomp filter is in force for this process.
    var seccompFilters: Bool

    static func current() -> NamespaceSettings {
        NamespaceSettings(
            userNamespaceLimit: number("/proc/sys/user/max_user_namespaces"),
            debianSwitch: number("/proc/sys/kernel/unprivileged_userns_clone"),
            appArmorRestriction: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            seccompFilters: seccompMode() == 2)
    }

    private static func number(_ path: String) -> Int? {
        do { return Int(try readText(path).filter(\.isNumber)) } catch { return nil }
    }

    /// `Seccomp:` of /proc/self/status: 0 off, 1 strict, 2 filters.
    static func seccompMode() -> Int? {
        do {
            let line = try readText("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
            return line.flatMap { Int($0.dropFirst("Seccomp:".count).filter(\.isNumber)) }
        } catch { return nil }
    }
}
