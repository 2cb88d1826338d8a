import Glibc

/// Whether a signal is ignored, sigaction(2): as nohup(1) has it for SIGHUP, and a shell for what it starts behind it.
///
/// A signal that is blocked waits all the same, so whoever waits for signals has to ask.
package func isSignalIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
