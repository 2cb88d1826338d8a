import CRawCalls
import Glibc

// posix-accounts DIRECTORY [CHECK…]: as root, runs the table of several accounts in DIRECTORY, a line for each check;
// fails if one of them did. Every account must be able to reach DIRECTORY.

let usage = "usage: posix-accounts DIRECTORY [CHECK…]"
guard CommandLine.arguments.count >= 2 else {
    print(usage)
    exit(2)
}
guard geteuid() == 0 else {
    print("posix-accounts: only root can act for several accounts")
    exit(2)
}
let root = CommandLine.arguments[1]
let wanted = CommandLine.arguments.dropFirst(2)
let table = wanted.isEmpty ? accountTable : accountTable.filter { wanted.contains($0.name) }
signal(SIGPIPE, SIG_IGN)
umask(0o022)
// Whoever started the program may have groups that would count for root's own files.
setgroups(0, [])
exit(runTable(table, in: root) ? 0 : 1)
