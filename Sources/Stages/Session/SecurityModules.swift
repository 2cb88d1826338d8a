import Glibc
import Linux
import Plan

/// Refuses labels of a module that this kernel does not have in force: the command would run without them.
func refuseAbsentModules(_ labels: SecurityLabels) throws(RunFailure) {
    if labels.appArmor != nil && !isReadable("/proc/self/attr/apparmor/current") {
        throw RunFailure(
            "AppArmor is not active here, so no profile can be set",
            hint: "leave --apparmor out: nothing would enforce it")
    }
    if labels.seLinux != nil && !hasSELinux() {
        throw RunFailure(
            "SELinux is not active here, so no context can be set",
            hint: "leave --selinux out: nothing would enforce it")
    }
}

/// The file is there in every kernel that was built with the module, and reads as EINVAL where that is off.
private func isReadable(_ path: String) -> Bool {
    do { return try !readText(path).isEmpty } catch { return false }
}

/// proc(5): the module's file system is known to a kernel that has it in force, mounted or not.
private func hasSELinux() -> Bool {
    do {
        return try readText("/proc/filesystems").split(separator: "\n").contains { $0.hasSuffix("\tselinuxfs") }
    } catch { return false }
}

/// In the process that becomes the command: what the next execve(2) changes the label to, apparmor(7) and
/// setexeccon(3). The module has a say in whether it may; what it did not take is an error.
func setLabelsOfExecution(_ labels: SecurityLabels) throws(RunFailure) {
    if let profile = labels.appArmor {
        try set(
            "exec \(profile)", "/proc/self/attr/apparmor/exec",
            "there must be such a profile, loaded; where berth is "
                + "confined already, no_new_privs lets it change to a stricter one only")
    }
    if let context = labels.seLinux {
        try set(
            context, "/proc/self/attr/exec", "the policy must know the context, and allow the change under no_new_privs"
        )
    }
}

private func set(_ text: String, _ path: String, _ hint: String) throws(RunFailure) {
    try explained(on: path, hint: hint) { () throws(SystemError) in try writeSetting(path, text) }
    if !isReadable(path) { throw RunFailure("'\(path)' does not show what was set", hint: hint) }
}
