import ArgumentParser
import Plan

/// The options of `berth run` that say what surrounds the command.
struct SessionOptions: ParsableArguments {
    @Option(
        help: .init(
            "The system calls a session may use: default, off, or a profile in the OCI runtime's JSON form.",
            valueName: "default|off|FILE"))
    var seccomp: [String] = []

    @Flag(help: "Allow user namespaces in the session, and mounts in them, as containers within it need them.")
    var allowUserns = false

    @Flag(inversion: .prefixedNo, help: "Start the command in a session of its own (setsid), without the terminal.")
    var newSession: Bool?

    @Option(
        help: .init("The session's network: host (default), or none but a loopback of its own.", valueName: "WHICH"))
    var network: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init("Leave these descriptors open for the command, beside 0 to 2. Repeatable.", valueName: "N,..."))
    var preserveFd: [String] = []

    @Option(help: .init("Start the command in this directory, by its path inside.", valueName: "DIR"))
    var workdir: [String] = []

    @Flag(inversion: .prefixedNo, help: "Pass nothing of the environment on but what other options name.")
    var clearEnv: Bool?

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "Set a variable, or pass it on in spite of --clear-env. Repeatable.", valueName: "NAME[=VALUE]"))
    var env: [String] = []

    @Option(
        help: .init(
            "Set the variables of a file that is the account's alone, one NAME=VALUE a line. Repeatable.",
            valueName: "FILE"))
    var envFile: [String] = []

    @Option(
        help: .init(
            "What the session may use at most, such as memory=4G,cpu=2,files=4096.", valueName: "NAME=VALUE,..."))
    var limit: [String] = []

    @Option(help: .init("Execute the command under this profile of AppArmor.", valueName: "PROFILE"))
    var apparmor: [String] = []

    @Option(help: .init("Execute the command in this context of SELinux.", valueName: "CONTEXT"))
    var selinux: [String] = []
}

extension SessionOptions {
    /// What they say, and nothing else.
    func wishes() throws(Refusal) -> SessionWishes {
        var wishes = SessionWishes()
        wishes.seccomp = try one(seccomp, "--seccomp") { text throws(Refusal) in try SeccompWish(parsing: text) }
        wishes.allowsNamespaces = allowUserns ? true : nil
        wishes.newSession = newSession
        wishes.network = try one(network, "--network") { text throws(Refusal) in try NetworkMode(parsing: text) }
        wishes.preservedDescriptors = try all(preserveFd, "--preserve-fd") { text throws(Refusal) in
            try parseDescriptorNumbers(text)
        }?.flatMap { $0 }
        wishes.workingDirectory = try one(workdir, "--workdir") { text throws(Refusal) in
            try parseWorkingDirectory(text)
        }
        wishes.clearsEnvironment = clearEnv
        wishes.environment = try all(env, "--env") { text throws(Refusal) in try EnvironmentChange(parsing: text) }
        wishes.limits = try one(limit, "--limit") { text throws(Refusal) in try Limit.parse(text) }
        wishes.labels.appArmor = try one(apparmor, "--apparmor") { text throws(Refusal) in try parseLabel(text) }
        wishes.labels.seLinux = try one(selinux, "--selinux") { text throws(Refusal) in try parseLabel(text) }
        wishes.environmentFiles = envFile.isEmpty ? nil : envFile
        return wishes
    }
}
