import Plan

extension Configuration {
    /// The keys that say what surrounds the command.
    static let sessionKeys = [
        "seccomp", "allow-userns", "new-session", "network", "preserve-fd", "workdir", "clear-env", "env", "env-file",
        "limit",
        "apparmor",
        "selinux",
    ]

    mutating func sessionWishes() -> SessionWishes {
        var wishes = SessionWishes()
        wishes.seccomp = value("seccomp") { given throws(Refusal) in try SeccompWish(parsing: try given.text()) }
        wishes.allowsNamespaces = value("allow-userns") { given throws(Refusal) in try given.flag() }
        wishes.newSession = value("new-session") { given throws(Refusal) in try given.flag() }
        wishes.network = value("network") { given throws(Refusal) in try NetworkMode(parsing: try given.text()) }
        wishes.preservedDescriptors = value("preserve-fd") { given throws(Refusal) in
            var numbers: [Int32] = []
            for number in try given.numbers() { numbers.append(try parseDescriptorNumber("\(number)")) }
            return numbers
        }
        wishes.workingDirectory = value("workdir") { given throws(Refusal) in
            try parseWorkingDirectory(try given.text())
        }
        wishes.clearsEnvironment = value("clear-env") { given throws(Refusal) in try given.flag() }
        wishes.environment = value("env") { given throws(Refusal) in
            var changes: [EnvironmentChange] = []
            for text in try given.texts() { changes.append(try EnvironmentChange(parsing: text)) }
            return changes
        }
        wishes.limits = value("limit") { given throws(Refusal) in try Limit.parse(try given.text()) }
        wishes.labels.appArmor = value("apparmor") { given throws(Refusal) in try parseLabel(try given.text()) }
        wishes.labels.seLinux = value("selinux") { given throws(Refusal) in try parseLabel(try given.text()) }
        wishes.environmentFiles = value("env-file") { given throws(Refusal) in try given.texts() }
        return wishes
    }
}
