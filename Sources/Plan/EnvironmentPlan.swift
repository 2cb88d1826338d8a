/// What changes in the environment that berth was started with, environ(7).
package struct EnvironmentPlan: Hashable, Sendable {
    /// Whether the command gets nothing of it.
    package var isCleared = false
    /// Files of variables, in their order; absolute paths. The account reads them, once the process has become it.
    package var files: [String] = []
    /// What the files said, once they have been read.
    package var fileChanges: [EnvironmentChange] = []
    /// What was asked for one by one. It comes after the files.
    package var changes: [EnvironmentChange] = []

    package init() {}
}

package enum EnvironmentChange: Hashable, Sendable {
    case set(String, HiddenText)
    /// As berth was started with it, also where everything else is cleared; nothing if it was not there.
    case pass(String)

    package var name: String {
        switch self {
        case .set(let name, _), .pass(let name): name
        }
    }

    /// Reads `NAME=VALUE` or `NAME`. The value is everything after the first `=`.
    package init(parsing text: String) throws(Refusal) {
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else {
            // The text may hold a value that nobody should see.
            throw Refusal("a variable without a name", hint: "give NAME=VALUE, or NAME to pass a variable on")
        }
        let name = String(decoding: first, as: UTF8.self)
        self = parts.count == 2 ? .set(name, HiddenText(String(decoding: parts[1], as: UTF8.self))) : .pass(name)
    }
}

/// A text that is handed on and never shown: not in a message, not by accident either.
package struct HiddenText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    package let exposed: String

    package init(_ text: String) { exposed = text }

    package var description: String { "…" }
    package var debugDescription: String { "…" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension EnvironmentPlan {
    init(_ wishes: SessionWishes, in surroundings: Surroundings) throws(Refusal) {
        self.init()
        isCleared = wishes.clearsEnvironment ?? false
        changes = wishes.environment ?? []
        for path in wishes.environmentFiles ?? [] { files.append(try surroundings.absolute(path, of: "env-file")) }
    }
}

extension Surroundings {
    /// Berth changes directory before it reads the file.
    fileprivate func absolute(_ path: String, of option: String) throws(Refusal) -> String {
        if path.isEmpty { throw Refusal("\(option) '': empty path") }
        if path.isAbsolutePath { return path }
        guard let workingDirectory else {
            throw Refusal(
                "\(option) '\(path)' counts from the working directory, which no path leads to",
                hint: "give an absolute path")
        }
        return workingDirectory + "/" + path
    }
}
