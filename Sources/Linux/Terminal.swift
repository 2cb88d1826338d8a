import Glibc

extension OpenFile where Self: ~Copyable {
    /// isatty(3).
    package var isTerminal: Bool { isatty(number) == 1 }

    /// How many columns the terminal has, ioctl_tty(2) TIOCGWINSZ; nil where it is none, or does not know.
    package var terminalWidth: Int? {
        var size = winsize()
        guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
