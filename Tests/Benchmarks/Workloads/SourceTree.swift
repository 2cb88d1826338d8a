import Foundation

/// A tree of text files as a project has it, the same as a repository of git with one change, and its archive.
struct SourceTree {
    /// Holds all three.
    let root: String
    let files: Int
    /// What du(1) has to count in the plain tree.
    let bytes: Int

    var plain: String { root + "/tree" }
    var repository: String { root + "/repository" }

    func unpacking(to target: String) -> [String] {
        ["tar", "--extract", "--no-same-owner", "--file", root + "/tree.tar", "--directory", target]
    }

    /// Made the first time, taken from there on.
    init(_ bench: Bench, for contestant: Contestant) throws {
        files = bench.sizes.treeFiles
        let files = files
        root = try bench.scratch.kept(.disk, "trees", for: contestant) { root in
            try fillTree(root + "/tree", files: files)
            try Program("tar", "--create", "--file", root + "/tree.tar", "--directory", root, "tree").mustRun()
            try makeRepository(root + "/repository", from: root + "/tree")
        }
        var bytes = 0
        for size in try Program("find", root + "/tree", "-printf", "%s\\n").mustRun().output.split(separator: "\n") {
            bytes += Int(size)!
        }
        self.bytes = bytes
    }
}

/// Twenty files to a directory, of half a kilobyte to eight; every tenth holds the word that is searched for.
private func fillTree(_ root: String, files: Int) throws {
    try makeDirectory(root)
    for number in 0..<files {
        let directory = "\(root)/directory-\(number / 20)"
        if number % 20 == 0 { try makeDirectory(directory) }
        let line = "line of file \(number)\(number % 10 == 0 ? " with a needle" : "")\n"
        let text = String(repeating: line, count: 1 + 512 * (1 + number % 16) / line.utf8.count)
        let path = URL(fileURLWithPath: "\(directory)/file-\(number % 20).txt")
        try Data(text.utf8).write(to: path)
    }
}

/// Times are in the past, so that git need not read a file to know that it has not changed since the index was written;
/// and git compares times and sizes only, since owners look different in a session.
private func makeRepository(_ root: String, from tree: String) throws {
    let script = """
        set -e
        cp -r "$2" "$1"
        find "$1" -exec touch --date=2020-01-01 {} +
        git -C "$1" init --quiet
        git -C "$1" config core.checkStat minimal
        git -C "$1" config core.trustctime false
        git -C "$1" add .
        git -C "$1" -c user.name=berth -c user.email=berth@localhost commit --quiet --message tree
        echo changed >>"$1/directory-0/file-0.txt"
        """
    try Program("sh", "-c", script, "sh", root, tree).mustRun()
}
