import Glibc
import Linux

/// What lies at /dev/fuse, seen without opening it.
struct FuseDevice: Hashable, Sendable {
    var isCharacterDevice: Bool
    var major: UInt32
    var minor: UInt32
    /// Permission bits only.
    var mode: UInt32
    var user: UInt32
    var group: UInt32

    /// Linux's admin-guide/devices.txt.
    static let number: (major: UInt32, minor: UInt32) = (10, 229)

    var isRight: Bool {
        isCharacterDevice && major == Self.number.major && minor == Self.number.minor
    }

    /// nil where nothing is there, or it cannot be reached.
    static func found() -> FuseDevice? {
        do {
            let status = try FileReference.workingDirectory.open(Gate.fuseDevice, .pathOnly).status()
            let number = splitDeviceNumber(status.st_rdev)
            return FuseDevice(
                isCharacterDevice: status.kind == .characterDevice, major: number.major, minor: number.minor,
                mode: status.st_mode & 0o7777, user: status.st_uid, group: status.st_gid)
        } catch { return nil }
    }

    static func isThere() -> Bool { found()?.isRight == true }

    /// ST_NODEV: the kernel then answers EACCES, as it does for the mode.
    static func liesOnNoDevicesMount() -> Bool {
        do {
            let device = try FileReference.workingDirectory.open(Gate.fuseDevice, .pathOnly)
            return try device.mountOptions().contains(.noDevices)
        } catch { return false }
    }
}
