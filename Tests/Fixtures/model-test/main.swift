import CRawCalls
import Glibc

// model-test NATIVE MOUNT: the same random sequences of operations in two directories; fails if they can be told apart.

setvbuf(stdout_stream(), nil, _IOLBF, 0)
signal(SIGPIPE, SIG_IGN)
let arguments: Arguments
do { arguments = try Arguments(Array(CommandLine.arguments.dropFirst())) } catch {
    print("\(error)")
    exit(2)
}
print("model-test: \(arguments.words)")
// One umask for the process: threads have none of their own.
umask(arguments.umask)
do {
    try runComparedThreads(arguments)
    if let source = arguments.source, !Trouble.isFound { try runSharedDirectory(arguments, source: source) }
} catch { Trouble.report("\(error)") }
if let words = Trouble.words {
    print("FAILED: \(arguments.words): \(words)")
    exit(1)
}
