import CRawCalls
import Glibc

// file-exerciser FILE: random operations on one file against a model in memory; fails at the first difference.

setvbuf(stdout_stream(), nil, _IOLBF, 0)
let arguments: Arguments
do { arguments = try Arguments(Array(CommandLine.arguments.dropFirst())) } catch {
    print("\(error)")
    exit(2)
}
print("file-exerciser: \(arguments.words)")
exit(exercise(arguments) ? 0 : 1)
