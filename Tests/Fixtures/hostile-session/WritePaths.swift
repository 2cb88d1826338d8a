import CRawCalls
import Glibc

/// One way to change a tree. It works in a directory of its own, which holds `file`, `other`, `link` and `dir/inner`.
struct Write: Sendable {
    enum Reach {
        /// What files hold, and names.
        case data
        case attributes
        /// What access(2) says, which nobody but the mount answers for.
        case claims
        /// What FUSE has no request for.
        case notThroughFuse
        /// Nothing: the kernel does it for nobody.
        case nothing
    }

    let name: String
    let reach: Reach
    let expected: [Int32]
    let body: @Sendable (_ at: String, _ home: String) throws -> Void

    init(
        _ name: String, _ expected: [Int32] = readOnly, _ reach: Reach = .data,
        _ body: @escaping @Sendable (String, String) throws -> Void
    ) {
        self.name = name
        self.reach = reach
        self.expected = expected
        self.body = body
    }
}

/// A path that leads to the shared tree, and the directory below it in which the attempts by this path are made.
private struct WritePath {
    let name: String
    let place: String
    let path: String
    /// What stands between the session and the source's own files; nil: the mount.
    var defences: [Defence]?
    var expected: [Int32] = []

    /// The last ones are for the roots of processes.
    static let places = ["shared", "own-root", "source", "source-own-root", "root-0", "root-1", "root-2", "root-3"]

    /// All that the situation knows.
    static func all(_ situation: Situation) -> [WritePath] {
        let own = "/proc/self/root"
        let source = situation.sharedSource
        let paths = [
            WritePath(name: "shared", place: "shared", path: situation.shared),
            WritePath(name: "shared through its own root", place: "own-root", path: own + situation.shared),
        ]
        if source.isEmpty || situation.isRehearsal { return paths }
        let covered = situation.sourcesAreCovered ? [ENOENT] : []
        return paths + [
            WritePath(name: "source", place: "source", path: source, defences: .source, expected: covered),
            WritePath(
                name: "source through its own root", place: "source-own-root", path: own + source, defences: .source,
                expected: covered),
        ]
            + situation.victims.enumerated().map { number, victim in
                // EACCES: the root of another process is out of reach; ENOENT: there is nothing in it.
                WritePath(
                    name: "source through the root of process \(victim)", place: "root-\(min(number, 3))",
                    path: "/proc/\(victim)/root" + source,
                    defences: situation.fileServers.contains(victim)
                        ? [.dumpable, .serverRoot] : [.dumpable] + .source,
                    expected: [EACCES, EPERM, ENOENT])
            }
    }

    func defences(of write: Write) -> [Defence] {
        switch (write.reach, defences) {
        case (.nothing, _): [.kernel]
        case (_, .some(let defences)): defences
        case (.notThroughFuse, nil): [.kernel]
        case (.claims, nil): [.readOnlyMount]
        case (.data, nil): .data
        case (.attributes, nil): .attributes
        }
    }
}

/// Makes in the source of a shared tree the directories that the attempts are made in.
func prepareSharedTree(_ root: String) -> Bool {
    for place in WritePath.places {
        guard mkdir("\(root)/\(place)", 0o777) == 0 else { return false }
        for write in writes where !prepare("\(root)/\(place)/\(write.name)") { return false }
    }
    return true
}

private func prepare(_ at: String) -> Bool {
    guard mkdir(at, 0o777) == 0, mkdir(at + "/dir", 0o777) == 0, symlink("file", at + "/link") == 0 else {
        return false
    }
    for name in ["file", "other", "dir/inner"] {
        let file = raw_openat(AT_FDCWD, "\(at)/\(name)", O_WRONLY | O_CREAT | O_EXCL, 0o666)
        if file == -1 || Glibc.write(file, "canary", 6) != 6 { return false }
        setxattr("\(at)/\(name)", "user.canary", "x", 1, 0)
        close(file)
    }
    return true
}

/// Every way to write, by every path that leads to the shared tree.
func writeAttempts(in situation: Situation) -> [Attempt] {
    if situation.shared.isEmpty { return [] }
    return WritePath.all(situation).flatMap { way in
        writes.map { write in
            Attempt(
                .shared, .readOnlyUndone, "\(write.name): \(way.name)", behind: way.defences(of: write),
                refusedWith: write.expected + way.expected
            ) {
                try write.body("\(way.path)/\(way.place)/\(write.name)", $0.home)
            }
        }
    }
}
