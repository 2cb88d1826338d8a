import CLinux
import Glibc

/// landlock(7): the calling thread, and what it starts, may reach only what lies beneath given directories.
package enum Landlock {
    /// The version of the kernel's interface; 0 where Landlock is missing or switched off.
    package static func version() -> Int {
        let flag = UInt32(1)  // LANDLOCK_CREATE_RULESET_VERSION
        return max(0, Int(berth_landlock_create_ruleset(nil, 0, flag)))
    }

    /// Closes everything but what lies beneath `root`, which may be read, and changed unless `readOnly`.
    ///
    /// Needs no_new_privs. Answers false, and does nothing, where the kernel has no Landlock.
    package static func confine(to root: FileReference, readOnly: Bool) throws(SystemError) -> Bool {
        try confine(to: [root], allowing: readOnly ? readRights : .max)
    }

    /// Closes everything but the directories beneath `roots`, which may be listed. What is open stays open, and O_PATH
    /// descriptors are never refused.
    ///
    /// Needs no_new_privs. Answers false, and does nothing, where the kernel has no Landlock.
    package static func confine(toListing roots: [FileReference]) throws(SystemError) -> Bool {
        try confine(to: roots, allowing: listRight)
    }

    private static func confine(to roots: [FileReference], allowing allowed: UInt64) throws(SystemError) -> Bool {
        let version = version()
        if version == 0 { return false }
        let handled = rights(version: version)
        var attributes = landlock_ruleset_attr()
        attributes.handled_access_fs = handled
        let ruleset = Descriptor(
            owning: try attempt("landlock_create_ruleset") {
                berth_landlock_create_ruleset(&attributes, MemoryLayout<UInt64>.size, 0)
            })
        for root in roots {
            var rule = landlock_path_beneath_attr()
            rule.allowed_access = handled & allowed
            rule.parent_fd = root.number
            try attempt("landlock_add_rule") { berth_landlock_add_path_rule(ruleset.number, &rule) }
        }
        try attempt("landlock_restrict_self") { berth_landlock_restrict_self(ruleset.number) }
        return true
    }

    /// LANDLOCK_ACCESS_FS_READ_FILE and READ_DIR.
    private static let readRights: UInt64 = 1 << 2 | listRight

    /// LANDLOCK_ACCESS_FS_READ_DIR.
    private static let listRight: UInt64 = 1 << 3

    /// Every right over files that this version knows: 13 in the first, REFER, TRUNCATE and IOCTL_DEV came later.
    private static func rights(version: Int) -> UInt64 {
        let count: UInt64
        switch version {
        case 1: count = 13
        case 2: count = 14
        case 3, 4: count = 15
        default: count = 16
        }
        return (1 << count) - 1
    }
}
