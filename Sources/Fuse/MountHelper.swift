import CFuse
import Glibc
import Linux

/// Mounts at `path` through fusermount3, fuse_open_channel of libfuse, which writes what is wrong to standard error.
///
/// `options` as fusermount3 takes them. Answers the descriptor it passed, once it is known to be /dev/fuse.
package func mountWithHelper(at path: String, options: String) throws(SystemError) -> Descriptor {
    let number = fuse_open_channel(path, options)
    guard number >= 0 else { throw SystemError("fusermount3", on: path, Errno(EPERM)) }
    let device = Descriptor(owning: number)
    let status = try device.status()
    guard FileKind(mode: status.st_mode) == .characterDevice, status.st_rdev == fuseDevice else {
        throw SystemError("fusermount3", on: path, Errno(ENOTTY))
    }
    try device.closeOnExecution()
    return device
}

/// The device number of /dev/fuse, Documentation/admin-guide/devices.txt.
private let fuseDevice = deviceNumber(major: 10, minor: 229)
