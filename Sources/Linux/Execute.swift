import Glibc

/// Replaces the program of this process, execvp(3): a name without a slash is looked for in PATH. Returns only to fail.
package func execute(_ command: [String]) throws(SystemError) -> Never {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    execvp(arguments[0]!, &arguments)
    throw SystemError("execve", on: command[0], Errno.current)
}

/// setenv(3): a variable of this process's environment, and of the programs it starts.
package func setEnvironment(_ name: String, to value: String) throws(SystemError) {
    try attempt("setenv", on: name) { setenv(name, value, 1) }
}

/// Runs a program to its end with the descriptors and the environment of this process.
package func runToEnd(_ command: [String]) throws(SystemError) -> ExitStatus {
    let process = try fork {
        do throws(SystemError) { try execute(command) } catch { return 127 }
    }
    return try process.wait()
}

/// chdir(2).
package func changeDirectory(to path: String) throws(SystemError) {
    try attempt("chdir", on: path) { chdir(path) }
}

/// setsid(2): a session and process group of its own, without the terminal.
package func startSession() throws(SystemError) {
    try attempt("setsid") { setsid() }
}
