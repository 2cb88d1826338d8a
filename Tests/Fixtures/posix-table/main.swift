import CRawCalls
import Glibc

// posix-table DIRECTORY [CHECK…]: runs the table in DIRECTORY, a line for each check; fails if one of them did.
// posix-table --list: the names of the checks.

let usage = "usage: posix-table DIRECTORY [CHECK…]"
guard CommandLine.arguments.count >= 2 else {
    print(usage)
    exit(2)
}
if CommandLine.arguments[1] == "--list" {
    for check in wholeTable { print(check.name) }
    exit(0)
}
let root = CommandLine.arguments[1]
let wanted = CommandLine.arguments.dropFirst(2)
let table = wanted.isEmpty ? wholeTable : wholeTable.filter { wanted.contains($0.name) }
signal(SIGPIPE, SIG_IGN)
umask(0o022)
exit(runTable(table, in: root) ? 0 : 1)
