/// The gates around user namespaces, user_namespaces(7).
extension Gate {
    static let userNamespacesOff = Gate(
        "userns-sysctl", "user namespaces are switched off: sysctl user.max_user_namespaces=15000 (outside)")

    static func userNamespaceLimit(_ limit: Int?) -> Gate {
        Gate(
            "userns-limit",
            "the limit user.max_user_namespaces (\(limit.map(String.init) ?? "unknown")) "
                + "is reached, or namespaces are nested 32 deep")
    }

    static let userNamespaceDepth = Gate("userns-nesting", "user namespaces are nested too deep (32 at most)")

    static let userNamespacesFiltered = Gate(
        "userns-seccomp",
        "a seccomp filter refuses unshare: podman's default profile allows it; for docker and Kubernetes "
            + "use a profile that allows unshare and mount, or hostUsers: false")

    static let noUserNamespacesInKernel = Gate(
        "userns-kernel", "this kernel was built without user namespaces (CONFIG_USER_NS)")

    static let userNamespacesForRoot = Gate(
        "userns-clone", "user namespaces are for root only here: sysctl kernel.unprivileged_userns_clone=1")

    static let userNamespacesOfAppArmor = Gate(
        "userns-apparmor", "AppArmor keeps user namespaces from unconfined programs: \(appArmorCure)")

    static let userNamespacesRefused = Gate(
        "userns-refused", "a security module refuses user namespaces, or berth runs in a chroot")

    static let userNamespacesUnknown = Gate("userns-failed", "user_namespaces(7) lists what limits them")

    static let mountNamespaceLimit = Gate(
        "mountns-limit", "the limit of mount namespaces is reached: sysctl user.max_mnt_namespaces=15000 (outside)")

    static let processNamespaceLimit = Gate(
        "pidns-limit",
        "the limit of pid namespaces is reached, or they are nested 32 deep: sysctl user.max_pid_namespaces=15000 (outside)"
    )

    static let processNamespaceFiltered = Gate(
        "pidns-seccomp",
        "a seccomp filter refuses pid namespaces: use a profile that allows clone with CLONE_NEWPID, and setns")

    static let mapNeedsCapability = Gate(
        "userns-setfcap",
        "to map root of this namespace, berth must be started with CAP_SETFCAP; or name another --account")

    fileprivate static let appArmorCure =
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for berth with the rule 'userns,'"
}

/// The gates around mounts.
extension Gate {
    static let mountsOfAppArmor = Gate(
        "mount-apparmor", "AppArmor took the namespace's capabilities away: \(appArmorCure)")

    static let mountsFiltered = Gate(
        "mount-seccomp",
        "a seccomp filter refuses the mount calls: use a profile that allows mount, umount2, fsopen, "
            + "fsconfig, fsmount, move_mount, open_tree, mount_setattr and pivot_root")

    static let mountsRefused = Gate("mount-refused", "a security module (AppArmor, SELinux) refuses mounts here")

    static let oldKernel = Gate(
        "kernel-old", "berth needs Linux 5.12 or later, and a seccomp profile that allows the mount calls")

    static let maskedProc = Gate(
        "proc-masked",
        "the container covers parts of /proc: podman --security-opt unmask=ALL, or procMount: Unmasked in Kubernetes, "
            + "where a session needs a /proc of its own")
}

/// The gates around /dev/fuse, fuse(4).
extension Gate {
    static let noDevice = Gate(
        "fuse-missing",
        "this container or machine has no /dev/fuse: load the fuse module outside, and give the container "
            + "the device (podman: --device /dev/fuse; Kubernetes: a device plugin)")

    static let closedDevice = Gate(
        "fuse-mode", "/dev/fuse may not be opened by this account: chmod 0666 /dev/fuse, as the fuse3 package does")

    static let deviceOnNoDevicesMount = Gate(
        "fuse-nodev",
        "/dev/fuse lies on a mount with the option nodev: mount that without it, or bind the device from /dev")

    static let deviceControlGroup = Gate(
        "fuse-cgroup", "the device cgroup refuses /dev/fuse: allow the device c 10:229 rwm to the container")

    static let otherDevice = Gate(
        "fuse-other-device",
        "/dev/fuse is not the character device 10:229: something else was put there, as containers cover what they hide; "
            + "mknod -m 666 /dev/fuse c 10 229, or give the container the device")

    static let noFuseInKernel = Gate("fuse-kernel", "the kernel has no FUSE: modprobe fuse outside")
}

/// The gates around capabilities and the ownership of a home. A run works without what they keep; it changes no owners.
extension Gate {
    static let noOwnerCapabilities = Gate(
        "owner-capabilities",
        "only where a home holds files of others: podman --cap-add CHOWN --cap-add DAC_OVERRIDE; Kubernetes: both added, "
            + "and setcap cap_chown,cap_dac_override=ep on berth's file")

    static let fileCapabilitiesLocked = Gate(
        "file-capabilities-no-new-privs",
        "no_new_privs disables them: in Kubernetes leave allowPrivilegeEscalation unset, "
            + "or use a berth without file capabilities and add none")

    static let fileCapabilitiesOnNoSetUserIDMount = Gate(
        "file-capabilities-nosuid",
        "the mount that berth's file lies on has the option nosuid, which disables them: install berth elsewhere")

    static let fileCapabilitiesInForeignNamespace = Gate(
        "file-capabilities-unused",
        "they count in another user namespace, or the container's bounding set lacks them: add the capabilities to the "
            + "container, and set them in the namespace that berth is started in")

    static let noMapWriters = Gate("subid-programs", "install newuidmap and newgidmap (package uidmap)")

    static let powerlessMapWriters = Gate(
        "subid-setuid",
        "newuidmap and newgidmap (package uidmap) must be setuid root or have file capabilities, and no_new_privs must "
            + "be off")

    static let noSubordinateIDs = Gate(
        "subid-range",
        "only where a home holds files of an earlier rootless container: a line NAME:FIRST:COUNT in /etc/subuid and in "
            + "/etc/subgid (usermod --add-subuids, --add-subgids)")

    static let rootSquash = Gate(
        "nfs-root-squash",
        "no capability of the client helps: change the owners on the server, or start with --ownership off")
}

/// The gates around single directories.
extension Gate {
    static let unreadableDirectory = Gate(
        "path-unreadable", "the account must be able to read and search the directory itself")

    static let deadDirectory = Gate(
        "path-hangs",
        "its file system does not answer: look after the server or the network, or unmount it (umount -f -l)")

    static let missingDirectory = Gate("path-missing", "name a directory that is there")
}

extension Gate {
    static let descriptorLimit = Gate(
        "descriptor-limit",
        "berth may open too few files: raise ulimit -n, or --limit files; 64 are enough for most runs")
}

/// The gates around control groups.
extension Gate {
    static let noDelegation = Gate(
        "cgroup-delegation",
        "only for limits that need a control group: systemd-run --user --scope -p Delegate=yes, or a container with a "
            + "writable cgroup of version 2")
}
