import CLinux
import Glibc

extension OpenFile where Self: ~Copyable {
    /// mount_setattr(2): takes read-only off the mount this descriptor stands for, and off none below it.
    package func allowWritesToMount() throws(SystemError) {
        var change = mount_attr()
        change.attr_clr = UInt64(MOUNT_ATTR_RDONLY)
        let size = MemoryLayout<mount_attr>.size
        try attempt("mount_setattr") { mount_setattr(number, "", UInt32(AT_EMPTY_PATH), &change, size) }
    }
}

/// Puts /dev/null in the place of those descriptors 0 to 2 that stand for directories: a way down into them.
package func leaveStandardDirectories() throws(SystemError) {
    for number in Int32(0)...2 {
        guard try FileReference(number).status().kind == .directory else { continue }
        let null = try FileReference.workingDirectory.open("/dev/null", .readWrite)
        try attempt("dup2", on: "descriptor \(number)") { dup2(null.number, number) }
    }
}
