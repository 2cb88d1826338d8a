import Linux
import Plan

extension MountOptions {
    /// Reads what mount(8) passes to a helper: `-o` with the words of fstab(5), and `-t`.
    ///
    /// Words that are for others than the file system are dropped. `sloppy` is mount(8)'s `-s`: what is unknown is
    /// dropped as well, but not an option with a wrong value.
    package init(ofTable texts: [String], type: String?, sloppy: Bool) throws(Refusal) {
        self.init()
        if let type { subtype = try subtypeName(ofType: type) }
        var options: [String] = []
        for text in texts { options += try splitOptions(text) }
        // Before the others: with it come options that the kernel shows of a mount and no one can ask for.
        if options.contains("remount") { throw Self.noRemount }
        options.removeAll { isForOthers($0) || sloppy && !Self.knows($0) }
        try add(options)
    }
}

/// Whether an option is for mount(8), systemd(1) or another reader of fstab(5).
private func isForOthers(_ option: String) -> Bool {
    let name = String(option.prefix { $0 != "=" })
    return tableWords.contains(name) || name.hasPrefix("x-") || name.hasPrefix("X-")
}

/// The last is what a mount of berth's is anyway; mount(8) and systemd(1) may say so.
private let tableWords: Set = [
    "auto", "noauto", "user", "nouser", "users", "owner", "group", "nofail", "_netdev", "comment", "relatime",
]

/// `fuse.NAME` and `berth.NAME` are file systems of their own to whoever lists mounts.
private func subtypeName(ofType type: String) throws(Refusal) -> String {
    if type == "fuse" || type == "berth" { return MountOptions().subtype }
    for prefix in ["fuse.", "berth."] where type.hasPrefix(prefix) {
        return try checkLabel(String(type.dropFirst(prefix.count)))
    }
    throw Refusal("-t \(type): not a type that berth mounts", hint: "berth, fuse.berth, or fuse.NAME")
}
