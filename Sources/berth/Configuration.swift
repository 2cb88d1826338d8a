import Plan
import TOMLKit

/// Reads the request out of a configuration file. Everything is looked at before anything is refused: the first wrong line is named.
struct Configuration {
    private let path: String
    private let text: String
    private let table: TOMLTable
    private var problems: [(key: String, refusal: Refusal)] = []

    /// What the file at `path` asks for.
    static func request(ofFile path: String) throws(Refusal) -> Request {
        try request(from: try readConfiguration(path), named: path)
    }

    /// What a file with this text asks for.
    static func request(from text: String, named path: String) throws(Refusal) -> Request {
        try refuseNUL(in: text, named: path)
        var configuration = try Configuration(text, named: path)
        return try configuration.request()
    }

    private init(_ text: String, named path: String) throws(Refusal) {
        self.path = path
        self.text = text
        do { table = try TOMLTable(string: text) } catch let error as TOMLParseError {
            throw Refusal("\(path):\(error.source.begin.line): \(uncapitalized(error.description))")
        } catch {
            throw Refusal("\(path): \(error)")
        }
    }

    private mutating func request() throws(Refusal) -> Request {
        var request = Request()
        request.home = value("home") { given throws(Refusal) in try DirectoryPair(parsing: try given.text()) }
        request.shared = value("shared") { given throws(Refusal) in
            var pairs: [DirectoryPair] = []
            for text in try given.texts() { pairs.append(try DirectoryPair(parsing: text)) }
            return pairs
        }
        request.account = value("account") { given throws(Refusal) in
            try given.account()
        }
        request.insideUser = value("uid") { given throws(Refusal) in UserID(try given.id()) }
        request.insideGroup = value("gid") { given throws(Refusal) in GroupID(try given.id()) }
        request.ownership = value("ownership") { given throws(Refusal) in
            try OwnershipMode(parsing: try given.text())
        }
        request.processNamespace = value("pid-namespace") { given throws(Refusal) in
            try ProcessNamespaceMode(parsing: try given.text())
        }
        request.locks = value("locks") { given throws(Refusal) in try HomeLocks(parsing: try given.text()) }
        request.profile = value("profile") { given throws(Refusal) in try Profile(parsing: try given.text()) }
        request.progress = value("progress") { given throws(Refusal) in try ProgressWish(parsing: try given.text()) }
        request.session = sessionWishes()
        request.statusDescriptor = value("json-status-fd") { given throws(Refusal) in
            try parseDescriptorNumber("\(try given.number())")
        }
        request.keepSourceVisible = value("keep-source-visible") { given throws(Refusal) in try given.flag() }
        request.dryRun = value("dry-run") { given throws(Refusal) in try given.flag() }
        request.command = value("command") { given throws(Refusal) in
            let words = try given.texts()
            if words.isEmpty { throw Refusal("empty list", hint: "give the command and its arguments") }
            return words
        }
        try refuseProblems()
        return request
    }

    /// Every key that a file may have; `value` is asked for each of them.
    static let keys =
        [
            "home", "shared", "account", "uid", "gid", "ownership", "progress", "pid-namespace", "keep-source-visible",
            "locks", "profile", "json-status-fd", "dry-run", "command",
        ] + sessionKeys

    mutating func value<Value>(
        _ key: String, _ read: (GivenValue) throws(Refusal) -> Value
    ) -> Value? {
        assert(Configuration.keys.contains(key))
        guard let given = table[key] else { return nil }
        do { return try read(GivenValue(given)) } catch {
            problems.append((key, error))
            return nil
        }
    }

    private func refuseProblems() throws(Refusal) {
        let known = "the keys are \(Configuration.keys.joined(separator: ", "))"
        let unknown = table.keys.filter { !Configuration.keys.contains($0) }
            .map { (key: $0, refusal: Refusal("unknown", hint: known)) }
        let all = problems + unknown
        guard !all.isEmpty else { return }
        let placed = all.map { (line: line(of: $0.key, inDocument: text), key: $0.key, refusal: $0.refusal) }
        let first = placed.min { ($0.line, $0.key) < ($1.line, $1.key) }!
        throw Refusal("\(path):\(first.line): key '\(first.key)': \(first.refusal.message)", hint: first.refusal.hint)
    }
}

/// The parser hands strings over as C does, so a NUL would cut them short unseen.
private func refuseNUL(in text: String, named path: String) throws(Refusal) {
    for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        let isEscaped = ["\\u0000", "\\U00000000"].contains { line.indices.contains(where: line.starts($0)) }
        if isEscaped || line.contains(0) {
            throw Refusal("\(path):\(index + 1): NUL character", hint: "no path and no argument can hold one")
        }
    }
}

extension Substring.UTF8View {
    /// A test whether `text` stands at an index.
    fileprivate func starts(_ text: String) -> (Index) -> Bool {
        { index in self[index...].starts(with: text.utf8) }
    }
}
