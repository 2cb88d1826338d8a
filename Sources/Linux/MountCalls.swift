import CLinux
import Glibc

/// The attributes of a mount, mount_setattr(2).
package struct MountAttributes: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountAttributes(rawValue: UInt64(MOUNT_ATTR_RDONLY))
    package static let noSetUserID = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOSUID))
    package static let noDevices = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NODEV))
    package static let noExecution = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOEXEC))
    package static let noAccessTimes = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOATIME))
}

/// A file system that is being set up, fsopen(2), until it becomes a mount.
package struct FileSystemContext: ~Copyable {
    private let descriptor: Descriptor
    private let type: String

    /// fsopen(2).
    package init(type: String) throws(SystemError) {
        self.type = type
        self.descriptor = Descriptor(owning: try attempt("fsopen", on: type) { fsopen(type, UInt32(FSOPEN_CLOEXEC)) })
    }

    /// fsconfig(2), FSCONFIG_SET_STRING.
    package func set(_ key: String, _ value: String) throws(SystemError) {
        try attempt("fsconfig", on: "\(type) \(key)=\(value)") {
            fsconfig(descriptor.number, FSCONFIG_SET_STRING.rawValue, key, value, 0)
        }
    }

    /// fsconfig(2), FSCONFIG_SET_FLAG.
    package func set(_ key: String) throws(SystemError) {
        try attempt("fsconfig", on: "\(type) \(key)") {
            fsconfig(descriptor.number, FSCONFIG_SET_FLAG.rawValue, key, nil, 0)
        }
    }

    /// Makes the file system and a mount of it that is attached nowhere yet: FSCONFIG_CMD_CREATE, fsmount(2).
    package func mount(_ attributes: MountAttributes) throws(SystemError) -> Descriptor {
        try attempt("fsconfig", on: "\(type) create") {
            fsconfig(descriptor.number, FSCONFIG_CMD_CREATE.rawValue, nil, nil, 0)
        }
        let number = try attempt("fsmount", on: type) {
            fsmount(descriptor.number, UInt32(FSMOUNT_CLOEXEC), UInt32(attributes.rawValue))
        }
        return Descriptor(owning: number)
    }
}

extension OpenFile where Self: ~Copyable {
    /// open_tree(2): a detached copy of the mounts at and below `path` (an empty path: this directory itself).
    ///
    /// The root of the copy is where the way up ends: `..` does not leave it.
    package func cloneTree(_ path: String = "") throws(SystemError) -> Descriptor {
        let flags = UInt32(OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH)
        return Descriptor(owning: try attempt("open_tree", on: path) { open_tree(number, path, flags) })
    }

    /// mount_setattr(2) on the mount this descriptor stands for and every one below it.
    package func setMountAttributes(_ attributes: MountAttributes) throws(SystemError) {
        var change = mount_attr()
        change.attr_set = attributes.rawValue
        // The ways to keep access times are one choice, which is cleared before it is made.
        if attributes.contains(.noAccessTimes) { change.attr_clr = UInt64(MOUNT_ATTR__ATIME) }
        let flags = UInt32(AT_RECURSIVE | AT_EMPTY_PATH)
        try attempt("mount_setattr") { mount_setattr(number, "", flags, &change, MemoryLayout<mount_attr>.size) }
    }

    /// mount_setattr(2): takes read-only off the mount this descriptor stands for, and off none below it.
    package func allowWritesToMount() throws(SystemError) {
        var change = mount_attr()
        change.attr_clr = UInt64(MOUNT_ATTR_RDONLY)
        let size = MemoryLayout<mount_attr>.size
        try attempt("mount_setattr") { mount_setattr(number, "", UInt32(AT_EMPTY_PATH), &change, size) }
    }

    /// move_mount(2): attaches this detached mount on top of the directory that `target` stands for.
    package func attach(onto target: FileReference) throws(SystemError) {
        let flags = UInt32(MOVE_MOUNT_F_EMPTY_PATH) | UInt32(MOVE_MOUNT_T_EMPTY_PATH)
        try attempt("move_mount") { move_mount(number, "", target.number, "", flags) }
    }
}

/// mount(2) with MS_SLAVE: mounts at and below `path` receive what is mounted outside, and pass nothing on.
package func makeSlave(_ path: String) throws(SystemError) {
    try attempt("mount", on: path) { mount(nil, path, nil, UInt(MS_SLAVE | MS_REC), nil) }
}

/// mount(2) with MS_PRIVATE: mounts at and below `path` neither receive changes nor pass them on.
package func makePrivate(_ path: String) throws(SystemError) {
    try attempt("mount", on: path) { mount(nil, path, nil, UInt(MS_PRIVATE | MS_REC), nil) }
}

/// mount(2) with MS_REMOUNT and MS_BIND and no further flag: takes `ro`, `nosuid` and `nodev` off a mount.
package func remountReadWrite(_ path: String) throws(SystemError) {
    try attempt("mount", on: path) { mount(nil, path, nil, UInt(MS_REMOUNT | MS_BIND), nil) }
}

/// umount2(2) with MNT_DETACH: gone from the tree now, from the kernel when nobody uses it any more.
package func detachMount(_ path: String) throws(SystemError) {
    try attempt("umount2", on: path) { umount2(path, Int32(MNT_DETACH)) }
}

/// pivot_root(2).
package func pivotRoot(newRoot: String, oldRoot: String) throws(SystemError) {
    try attempt("pivot_root", on: newRoot) { berth_pivot_root(newRoot, oldRoot) }
}

/// umount2(2), UMOUNT_NOFOLLOW: EBUSY while somebody uses the mount, unless `lazily`.
package func unmount(_ path: String, lazily: Bool) throws(SystemError) {
    let flags = Int32(UMOUNT_NOFOLLOW) | (lazily ? Int32(MNT_DETACH) : 0)
    try attempt("umount2", on: path) { umount2(path, flags) }
}
