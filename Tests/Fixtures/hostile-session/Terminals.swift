import CRawCalls
import Glibc

/// Text put into a terminal as if somebody had typed it, for whoever reads there next.
let terminalAttempts = [
    typing(
        "type into the terminal (TIOCSTI)", request: raw_tiocsti, behind: isInTerminal ? typingDefences : [.kernel],
        terminal),
    typing("type into a terminal of its own (TIOCSTI)", request: raw_tiocsti, ownTerminal),
    // The kernel looks at 32 bits of the number only.
    typing("type with a longer request number", request: raw_tiocsti | 1 << 32, ownTerminal),
    typing("paste into the terminal (TIOCLINUX)", request: raw_tioclinux, behind: [.kernel], terminal),
]

private func typing(
    _ name: String, request: UInt, behind defences: [Defence] = typingDefences,
    _ terminal: @escaping @Sendable () throws -> Int32
) -> Attempt {
    Attempt(
        .power, .terminal, name, behind: defences, refusedWith: [EPERM, EIO, ENXIO, EACCES, ENOENT]
    ) { _ in
        // A blank; or TIOCL_PASTESEL, ioctl_console(2).
        var letter: CChar = request == raw_tioclinux ? 3 : 0x20
        try need("ioctl", raw_ioctl(try terminal(), request, &letter))
    }
}

/// Where the administrator has switched it off, dev.tty.legacy_tiocsti, nobody can.
private let typingDefences: [Defence] =
    text(of: "/proc/sys/dev/tty/legacy_tiocsti") == "0\n" ? [.seccomp, .kernel] : [.seccomp]

private let isInTerminal = raw_openat(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0) != -1

/// The one that the session was started in.
@Sendable private func terminal() throws -> Int32 { try open("/dev/tty", O_RDWR | O_NOCTTY) }

/// A new one, of a process that leads a session of its own. What is typed there is read by nobody.
@Sendable private func ownTerminal() throws -> Int32 {
    let main = try open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try need("unlockpt", unlockpt(main))
    guard let name = ptsname(main) else { throw Refused(call: "ptsname", number: errno) }
    try need("setsid", setsid())
    return try open(String(cString: name), O_RDWR)
}
