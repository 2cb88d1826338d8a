import Glibc
import Linux

/// A gate that a machine or a container can shut before berth: its name for scripts, and how it opens.
///
/// Each cure is written once, in the table of Gates.swift; hints of a run and findings of `berth doctor` come from there.
package struct Gate: Hashable, Sendable {
    /// Stable from one version of berth to the next, such as `userns-sysctl`.
    package let code: String
    package let cure: String

    init(_ code: String, _ cure: String) {
        self.code = code
        self.cure = cure
    }

    /// The gate at which a call failed, where that is known.
    static func of(_ error: SystemError) -> Gate? {
        switch (error.call, error.reason.rawValue) {
        // Of a user namespace nothing more is said.
        case ("unshare", ENOSPC) where error.subject != nil: return mountNamespaceLimit
        case ("unshare", _): return userNamespaces(error.reason, NamespaceSettings.current())
        case ("write", EPERM) where error.subject == "/proc/self/uid_map": return mapNeedsCapability
        case ("openat", let number) where error.subject == fuseDevice: return device(Errno(number))
        case ("fsconfig", EINVAL) where !FuseDevice.isThere(): return otherDevice
        case ("fsopen", ENOSYS), ("fsconfig", ENOSYS), ("fsmount", ENOSYS), ("open_tree", ENOSYS),
            ("mount_setattr", ENOSYS), ("move_mount", ENOSYS):
            return oldKernel
        // Other mounts have been made by then.
        case ("fsmount", EPERM) where error.subject == "proc": return maskedProc
        case ("fsopen", EPERM), ("fsconfig", EPERM), ("fsmount", EPERM), ("open_tree", EPERM), ("move_mount", EPERM),
            ("mount_setattr", EPERM), ("mount", EPERM), ("umount2", EPERM), ("pivot_root", EPERM):
            return mounts(NamespaceSettings.current())
        case ("clone", ENOSPC): return processNamespaceLimit
        case ("clone", EPERM), ("clone", ENOSYS), ("setns", EPERM), ("setns", ENOSYS):
            return NamespaceSettings.current().seccompFilters ? processNamespaceFiltered : nil
        case ("fsopen", ENODEV): return noFuseInKernel
        case (_, EMFILE): return descriptorLimit
        default: return nil
        }
    }

    static let fuseDevice = "/dev/fuse"

    /// Which gate keeps /dev/fuse from being opened.
    private static func device(_ reason: Errno) -> Gate? {
        switch reason.rawValue {
        case ENOENT: return noDevice
        case EACCES, ENXIO, ENODEV:
            if let found = FuseDevice.found(), !found.isRight { return otherDevice }
            if reason != Errno(EACCES) { return noFuseInKernel }
            return FuseDevice.liesOnNoDevicesMount() ? deviceOnNoDevicesMount : closedDevice
        case EPERM: return deviceControlGroup
        default: return nil
        }
    }

    /// Which gate refused a user namespace, user_namespaces(7) and the settings of distributions.
    static func userNamespaces(_ reason: Errno, _ settings: NamespaceSettings) -> Gate {
        switch reason.rawValue {
        case ENOSPC where settings.userNamespaceLimit == 0: return userNamespacesOff
        case ENOSPC: return userNamespaceLimit(settings.userNamespaceLimit)
        case EUSERS: return userNamespaceDepth
        case ENOSYS where settings.seccompFilters: return userNamespacesFiltered
        case ENOSYS, EINVAL: return noUserNamespacesInKernel
        case EPERM where settings.userNamespaceLimit == 0: return userNamespacesOff
        case EPERM where settings.debianSwitch == 0: return userNamespacesForRoot
        case EPERM where settings.appArmorRestriction == 1: return userNamespacesOfAppArmor
        case EPERM, EACCES: return settings.seccompFilters ? userNamespacesFiltered : userNamespacesRefused
        default: return userNamespacesUnknown
        }
    }

    /// Which gate refused a mount inside a namespace of our own, where we have every capability.
    static func mounts(_ settings: NamespaceSettings) -> Gate {
        if settings.appArmorRestriction == 1 { return mountsOfAppArmor }
        return settings.seccompFilters ? mountsFiltered : mountsRefused
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
