import Linux

/// One line of /proc/PID/mountinfo with all that proc(5) tells.
package struct InspectedMount: Hashable, Sendable {
    package var entry: MountEntry
    /// The tags of propagation, such as `shared:12` or `master:1`.
    package var propagation: [String]
    /// What the file system calls its source, such as a FUSE mount's name. The one who mounted chose it.
    package var source: String
    /// The options of the file system, which every mount of it has.
    package var superOptions: [String]

    /// Parses one line; nil where it is not of that form.
    init?(line: Substring) {
        let fields = line.utf8.split(separator: UInt8(ascii: " ")).map(Substring.init)
        guard let entry = MountEntry(line: line), let dash = fields.dropFirst(6).firstIndex(of: "-"),
            fields.count == dash + 4
        else { return nil }
        self.entry = entry
        propagation = fields[6..<dash].map(String.init)
        source = unescapeMountField(fields[dash + 2])
        superOptions = fields[dash + 3].split(separator: ",").map(String.init)
    }

    /// The whole of the kernel's text; nil where a line is not of the form, so that none is passed over.
    static func table(_ text: String) -> [InspectedMount]? {
        let lines = text.split(separator: "\n")
        let mounts = lines.compactMap(InspectedMount.init(line:))
        return mounts.count == lines.count ? mounts : nil
    }

    var isReadOnly: Bool { entry.options.contains("ro") }
    /// A mount of one of berth's file servers.
    var isOfFileServer: Bool { entry.type == "fuse.berth" }
    /// Made for a shared source: berth makes these read-only in the file system as well.
    var isShared: Bool { isOfFileServer && superOptions.contains("ro") }
}
