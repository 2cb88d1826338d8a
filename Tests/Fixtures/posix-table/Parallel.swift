import CRawCalls
import Glibc

/// Starts the blocks in processes that run at once, and waits for all of them.
func atOnce(_ count: Int, _ body: (Int) throws -> Void) throws {
    var children: [pid_t] = []
    for number in 0..<count {
        let child = try must("fork", fork())
        if child == 0 {
            do { try body(number) } catch { _exit(1) }
            _exit(0)
        }
        children.append(child)
    }
    var failed = 0
    for child in children {
        var status: Int32 = 0
        waitpid(child, &status, 0)
        if status != 0 { failed += 1 }
    }
    try expectEqual("processes that failed", failed, 0)
}
