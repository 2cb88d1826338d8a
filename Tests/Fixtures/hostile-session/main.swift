import CRawCalls
import Glibc

// hostile-session OPTION…     tries every way out of a session; 1 if one of them is open, 3 if an attempt proved nothing
// hostile-session prepare DIR makes in DIR, the source of a shared tree, what the attempts are made upon
// hostile-session power       42 if this process has been given power by its exec, else 0

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["power"] { exit(hasPower() ? 42 : 0) }
if arguments.count == 2, arguments[0] == "prepare" { exit(prepareSharedTree(arguments[1]) ? 0 : 2) }
guard let situation = Situation(arguments) else {
    print("usage: hostile-session [--rehearsal] [--home DIR] [--shared DIR] …")
    exit(2)
}
signal(SIGPIPE, SIG_IGN)
let everywhere =
    writeAttempts(in: situation) + outsideAttempts(in: situation) + secretAttempts(in: situation)
    + burdenAttempts(in: situation) + networkAttempts(in: situation)
let attempts =
    situation.isNested
    ? nestedAttempts(in: situation) + everywhere
    : powerAttempts(in: situation) + callAttempts + terminalAttempts + namespaceAttempts(in: situation)
        + mountAttempts(in: situation)
        + everywhere
let (succeeded, odd) = makeAttempts(attempts, in: situation)
print("\(attempts.count) attempts, \(succeeded) succeeded, \(odd) proved nothing")
exit(succeeded > 0 ? 1 : odd > 0 ? 3 : 0)
