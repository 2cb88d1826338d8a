import Foundation
import Glibc
import Testing

/// A mount namespace of its own in which mount(8) finds berth in /sbin and these lines in /etc/fstab. On the machine
/// itself nothing is linked, written or mounted.
struct MountTable {
    let tree: Tree
    /// With one file, `file`, that says `seen`. Blank, comma and number sign, which mean something to somebody.
    var source: String { tree.root + "/a source, berth#dir" }
    var target: String { tree.root + "/a target" }
    /// The same two as fstab(5) writes them.
    var fields: String {
        [source, target].map { $0.replacingOccurrences(of: " ", with: "\\040") }.joined(separator: " ")
    }
    private var links: String { tree.root + "/sbin" }
    private var table: String { tree.root + "/fstab" }

    fileprivate init(_ tree: Tree) throws {
        self.tree = tree
        for path in [source, target] {
            try makeDirectory(path)
            try give(path)
        }
        try make(source + "/file", "seen")
        try make(table)
        try makeDirectory(links)
        for name in ["mount.berth", "mount.fuse.berth"] {
            symlink(Machine.program("berth"), links + "/" + name)
        }
        for name in ["mount.fuse", "mount.fuse3"] where exists("/sbin/" + name) {
            try Command("cp", "-P", "/sbin/" + name, links).mustRun()
        }
    }

    /// Writes /etc/fstab.
    func write(_ lines: String...) throws { try make(table, lines.map { $0 + "\n" }.joined()) }

    /// Runs a script of bash, in which `$source`, `$target` and `$root` are paths, and `as_account` goes before a command.
    func run(_ script: String, prefix: [String] = []) throws -> Outcome {
        let setUp = """
            mount --bind "$root/sbin" "$(realpath /sbin)" && mount --bind "$root/fstab" /etc/fstab || exit 99
            as_account() { \(asAccount(.first).joined(separator: " ")) "$@"; }

            """
        var command = Command(prefix + ["unshare", "--mount", "bash", "-c", setUp + script])
        command.environment = ["source": source, "target": target, "root": tree.root]
        command.deadline = 60
        return try command.run()
    }

    /// mount.berth itself, without mount(8).
    func helper(_ words: String...) throws -> Outcome {
        let words = words.map { "'\($0)'" }.joined(separator: " ")
        return try run("/sbin/mount.berth \(words); status=$?; findmnt -n -o FSTYPE \"$target\"; exit $status")
    }
}

func withMountTable(_ body: (MountTable) throws -> Void) throws {
    try needRoot()
    try need(exists("/etc/fstab"), "there is no /etc/fstab to put another over")
    try withTree { try body(try MountTable($0)) }
}
