import CRawCalls
import Glibc

/// Makes each call and prints its name and 0, or the name of the error. Calls that work have no effect worth mentioning.
func makeCalls(_ names: [String]) throws -> Int32 {
    for name in names {
        errno = 0
        let failed = try makeCall(name) == -1
        print("\(name) \(failed ? strerrorname_np(errno).map { String(cString: $0) } ?? "?" : "0")")
        fflush(stdout_stream())
    }
    return 0
}

private func makeCall(_ name: String) throws -> Int {
    let parts = name.split(separator: "-").map(String.init)
    switch (parts[0], parts.count > 1 ? parts[1] : nil) {
    case ("unshare", _): return Int(unshare(CLONE_NEWUSER))
    case ("mount", _): return Int(mount("none", "/tmp", "tmpfs", 0, nil))
    case ("clone3", _): return raw_call(Int(SYS_clone3), 0, 0, 0, 0, 0, 0)
    case ("keyctl", _): return raw_call(Int(SYS_keyctl), 0, -3, 0, 0, 0, 0)
    case ("userfaultfd", _): return raw_call(Int(SYS_userfaultfd), 1, 0, 0, 0, 0, 0)
    case ("getsid", _): return Int(getsid(0))
    case ("ioctl", "TIOCSTI"): return Int(raw_ioctl(0, raw_tiocsti, nil))
    case ("ioctl", _): return Int(raw_ioctl(0, 0x541c, nil))
    case ("32", "socket"): return raw_call_of_32_bits(102, 1)
    case ("32", _): return raw_call_of_32_bits(310, CLONE_NEWUSER)
    case ("socket", let family): return Int(socket(Int32(family!)!, Int32(SOCK_STREAM.rawValue), 0))
    case ("call", let number): return raw_call(Int(number!)!, 0, 0, 0, 0, 0, 0)
    default: throw Trouble("no call '\(name)'")
    }
}
