let treeWorkloads: [any Workload] = [
    Unpacking(), Removal(),
    Search(name: "find", title: "find -type f") {
        ["find", $0, "-type", "f"]
    } check: {
        try expectEqual("files found", $0.split(separator: "\n").count, $1.files)
    },
    Search(name: "du", title: "du") {
        ["du", "--apparent-size", "--summarize", "--block-size=1", $0]
    } check: {
        try expectEqual("bytes counted", $0.split(separator: "\t").first.map(String.init), "\($1.bytes)")
    },
    Search(name: "grep", title: "grep -r") {
        ["grep", "-r", "--files-with-matches", "needle", $0]
    } check: {
        try expectEqual("files with the word", $0.split(separator: "\n").count, $1.files / 10)
    },
    Search(name: "git-status", title: "git status", cold: 0.25, warm: 0.75, inRepository: true) {
        ["git", "-c", "safe.directory=*", "-C", $0, "status", "--porcelain"]
    } check: { output, _ in
        try expectEqual("changes", output, " M directory-0/file-0.txt\n")
    },
]

/// A program that reads a tree: cold, then warm.
struct Search: Workload {
    let name: String
    let title: String
    var cold: Double?
    var warm: Double?
    var inRepository = false
    let words: @Sendable (_ path: String) -> [String]
    let check: @Sendable (_ output: String, _ tree: SourceTree) throws -> Void

    var writes: Bool { false }
    var rows: [Row] {
        [Row("\(title), cold", home: cold, shared: cold), Row("\(title), warm", home: warm, shared: warm)]
    }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let tree = try SourceTree(bench, for: contestant)
        // The source's own caches are full, whoever was before.
        try check(Program(words(inRepository ? tree.repository : tree.plain)).mustRun().output, tree)
        return try bench.visit(contestant, tree.root) { visit in
            try [visit.coldSeconds, visit.warmSeconds].map { seconds in
                let path = visit.root + (inRepository ? "/repository" : "/tree")
                let answer = try visit.ask(.program(words(path), atLeast: seconds))
                try check(answer.output, tree)
                return Double(tree.files) / answer.seconds
            }
        }
    }
}

/// tar(1) makes a tree.
struct Unpacking: Workload {
    let name = "untar"
    var writes: Bool { true }
    let rows = [Row("untar", home: 0.40)]

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let tree = try SourceTree(bench, for: contestant)
        let source = try bench.scratch.fresh(.disk, name)
        let seconds = try bench.visit(contestant, source) { visit in
            try visit.ask(.program(tree.unpacking(to: visit.root), atLeast: 0)).seconds
        }
        // By names of this kind fuse-overlayfs says that a directory hides the layer below it.
        try Program("diff", "--recursive", "--brief", "--exclude=.wh.*", tree.plain, source + "/tree").mustRun()
        try bench.scratch.remove(source)
        return [Double(tree.files) / seconds]
    }
}

/// rm(1) removes a tree that the kernel has not seen through the mount.
struct Removal: Workload {
    let name = "rm"
    var writes: Bool { true }
    let rows = [Row("rm -rf", home: 0.35)]

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let tree = try SourceTree(bench, for: contestant)
        let source = try bench.scratch.fresh(.disk, name)
        try Program(tree.unpacking(to: source)).mustRun()
        let seconds = try bench.visit(contestant, source) { visit in
            try visit.ask(.program(["rm", "-rf", visit.root + "/tree"], atLeast: 0)).seconds
        }
        try expectEqual("what is left", try Program("ls", "-A", source).mustRun().output, "")
        try bench.scratch.remove(source)
        return [Double(tree.files) / seconds]
    }
}
