import Fuse
import Linux

/// Has fusermount3 make the mount; answers /dev/fuse, opened and mounted with.
func mountByFusermount(_ request: MountRequest, at path: String) throws(RunFailure) -> Descriptor {
    do { return try mountWithHelper(at: path, options: fusermountOptions(request)) } catch {
        throw RunFailure(
            SystemError(error.call, on: request.target, error.reason),
            hint: "an ordinary account mounts through fusermount3 (package fuse3), on a directory of its own; "
                + "-o allow_other also takes 'user_allow_other' in /etc/fuse.conf")
    }
}

private func fusermountOptions(_ request: MountRequest) -> String {
    let options = request.options
    var words = ["fsname=\(escaped(options.name ?? request.source))", "subtype=\(escaped(options.subtype))"]
    words += ["nosuid", "nodev", options.readOnly ? "ro" : "rw"]
    if options.attributes.contains(.noExecution) { words.append("noexec") }
    if options.synchronous { words.append("sync") }
    if options.allowOther { words.append("allow_other") }
    if MountForm(request).defaultPermissions { words.append("default_permissions") }
    if options.autoUnmount { words.append("auto_unmount") }
    return words.joined(separator: ",")
}

/// A comma would begin another option.
private func escaped(_ text: String) -> String {
    text.map { $0 == "," || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
}
