import Glibc

/// signal(2), SIG_DFL: whoever starts a program may have left a signal ignored.
///
/// With SIGCHLD ignored there is no word of a child's end, and no status of it, wait(2).
package func resetSignalAction(of number: Int32) { signal(number, SIG_DFL) }
