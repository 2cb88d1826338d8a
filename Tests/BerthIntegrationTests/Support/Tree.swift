import Foundation
import Glibc

/// A made-up place: a home and a shared tree outside, and where a session will see them.
struct Tree {
    let root: String
    /// What holds the sources: below the root, unless they are to lie in memory.
    let outside: String
    /// Belongs to the account, and so does what `shared` holds: outside, the account may write both.
    var home: String { outside + "/home" }
    var shared: String { outside + "/shared" }
    /// Empty directories.
    var homeTarget: String { root + "/inside/home" }
    var sharedTarget: String { root + "/inside/shared" }

    /// The options that mount both.
    var options: [String] { ["--home", "\(home):\(homeTarget)", "--shared", "\(shared):\(sharedTarget)"] }
    var homeOption: [String] { ["--home", "\(home):\(homeTarget)"] }

    fileprivate init(sourcesIn place: String?) throws {
        let name = "tree-\(UUID().uuidString.prefix(8))"
        root = "\(Machine.directory)/\(name)"
        outside = place.map { "\($0)/berth-\(name)" } ?? root + "/outside"
        for path in [root, outside, root + "/inside", home, shared, homeTarget, sharedTarget] {
            try makeDirectory(path)
        }
        try make(home + "/mine", "mine")
        try makeDirectory(shared + "/directory")
        try make(shared + "/file", "canary")
        try make(shared + "/directory/inner", "canary")
        for path in ["", "/directory", "/file", "/directory/inner"] { try give(shared + path) }
        for path in ["", "/mine"] { try give(home + path) }
    }
}

/// Makes a tree for the time of the block.
func withTree<Result>(sourcesIn place: String? = nil, _ body: (Tree) throws -> Result) throws -> Result {
    let tree = try Tree(sourcesIn: place)
    defer { for path in Set([tree.root, tree.outside]) { removeTree(path) } }
    return try body(tree)
}

private func removeTree(_ path: String) {
    if Machine.isRoot { _ = try? Command("chattr", "-R", "-f", "-i", path).run() }
    _ = try? Command("chmod", "-R", "-f", "u+rwX", path).run()
    var removal = Command("rm", "-rf", "--one-file-system", path)
    removal.deadline = 300
    _ = try? removal.run()
}

func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
    if mkdir(path, mode) != 0 { throw CommandError("mkdir \(path): errno \(errno)") }
    chmod(path, mode)
}

func make(_ path: String, _ text: String = "", mode: mode_t = 0o644) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, mode)
}

/// Gives an entry to the first account; nothing to do where the tests are run by it.
func give(_ path: String, to user: uid_t = TestAccount.first.user, _ group: gid_t = TestAccount.first.group) throws {
    if lchown(path, user, group) != 0 { throw CommandError("lchown \(path): errno \(errno)") }
}

func status(_ path: String) throws -> stat {
    var answer = stat()
    if lstat(path, &answer) != 0 { throw CommandError("lstat \(path): errno \(errno)") }
    return answer
}

func exists(_ path: String) -> Bool {
    var answer = stat()
    return lstat(path, &answer) == 0
}

/// Every entry at and below a path: name, kind and mode, owner, size and time of change.
func snapshot(_ path: String) throws -> String {
    try Command("sh", "-c", "find \"$1\" -printf '%p %M %U:%G %s %T@ %l\\n' | sort", "sh", path).mustRun().output
}

/// The entries at and below a path that do not belong to the account.
func foreignEntries(_ path: String, account: TestAccount = .first) throws -> [String] {
    try Command(
        "find", path, "(", "!", "-uid", "\(account.user)", "-o", "!", "-gid", "\(account.group)", ")", "-print"
    ).mustRun().lines
}
