import Glibc
import Linux
import Plan

/// Reads the files of variables, in a process that has become the account.
///
/// As the account, since root may not read a home on NFS, and must not read for an account what that may not read itself.
func readEnvironmentFiles(_ plan: RunPlan) throws(RunFailure) -> [EnvironmentChange] {
    var changes: [EnvironmentChange] = []
    for path in plan.session.environment.files {
        let text = try readCredentials(path, of: plan.identity.account)
        do { changes += try parseEnvironmentFile(text) } catch {
            throw RunFailure("env-file '\(path)': \(error.message)", hint: error.hint)
        }
    }
    return changes
}

/// The longest file of variables, in bytes: as much as the kernel takes for one variable of a program.
private let credentialsLimit = 128 << 10

/// The text of a file that is the account's alone: what others can read is no secret, and what others can write is not its.
private func readCredentials(_ path: String, of account: Account) throws(RunFailure) -> String {
    let name = "env-file '\(path)'"
    let file = try explained { () throws(SystemError) in
        try FileReference.workingDirectory.open(path, [.readOnly, .nonBlocking])
    }
    let status = try explained(on: path) { () throws(SystemError) in try file.status() }
    guard status.kind == .regular else { throw RunFailure("\(name) is not a regular file") }
    guard status.st_uid == account.user.rawValue else {
        throw RunFailure(
            "\(name) belongs to uid \(status.st_uid), not to the account, \(account.user.rawValue)",
            hint: "it holds credentials of the account: chown \(account.user.rawValue)")
    }
    guard status.st_mode & 0o077 == 0 else {
        throw RunFailure("\(name) is open to others than its owner", hint: "it holds credentials: chmod 0600")
    }
    let bytes = try explained(on: path) { () throws(SystemError) in try file.readAll(limit: credentialsLimit + 1) }
    guard bytes.count <= credentialsLimit else { throw RunFailure("\(name) is longer than \(credentialsLimit) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw RunFailure("\(name) is not valid UTF-8") }
    return text
}

/// Where programs are looked for if nothing says so; execvp(3) would take the working directory of some C libraries.
private let plainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

extension SessionPlan {
    /// In the process that becomes the command: its environment. Later changes win over earlier ones.
    func setUpEnvironment(home: String) throws(SystemError) {
        let changes = environment.fileChanges + environment.changes
        // Before anything is cleared.
        let passed = Dictionary(
            changes.compactMap { change in environmentBytes(change.name).map { (change.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        if environment.isCleared {
            try clearEnvironment()
            try setEnvironment("PATH", to: plainPath)
        }
        for (name, value) in [("HOME", home), ("USER", user.name), ("LOGNAME", user.name), ("SHELL", user.shell)] {
            try setEnvironment(name, to: value)
        }
        for change in changes {
            switch change {
            case .set(let name, let value): try setEnvironment(name, to: value.exposed)
            case .pass(let name): if let value = passed[name] { try setEnvironment(name, toBytes: value) }
            }
        }
    }
}
