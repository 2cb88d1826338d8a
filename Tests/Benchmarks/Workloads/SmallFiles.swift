let smallFileWorkloads: [any Workload] = [1, 4].flatMap { threads -> [any Workload] in
    [
        Creation(threads: threads),
        Inspection(operation: .stat, threads: threads, cold: (0.20, 0.20), warm: (1.0, 1.0)),
        Inspection(operation: .open, threads: threads, cold: (nil, nil), warm: (0.20, 0.85)),
        Inspection(operation: .list, threads: threads, cold: (0.40, 0.40), warm: (nil, nil)),
        Inspection(operation: .listWithStat, threads: threads, cold: (0.28, 0.28), warm: (nil, nil)),
        Inspection(operation: .read, threads: threads, cold: (nil, nil), warm: (nil, 0.65)),
        Deletion(threads: threads),
    ]
}

extension FilePass.Operation {
    var title: String {
        switch self {
        case .listWithStat: "list with stat"
        case .open: "open and close"
        case .read: "read small files"
        default: rawValue
        }
    }
}

private func inThreads(_ threads: Int) -> String { threads == 1 ? "" : " ×\(threads)" }

extension Bench {
    fileprivate func pass(_ operation: FilePass.Operation, _ root: String, threads: Int = 1) -> FilePass {
        FilePass(
            operation: operation, root: root, directories: sizes.directories, filesEach: sizes.filesEach,
            threads: threads)
    }

    /// The directories, without a file in them yet.
    fileprivate func emptyDirectories(_ name: String) throws -> String {
        let root = try scratch.fresh(.disk, name)
        for directory in 0..<sizes.directories { try makeDirectory("\(root)/\(FilePass.directoryName(directory))") }
        return root
    }

    /// Every file is there and holds what it should, as the source itself tells.
    fileprivate func checkFiles(_ root: String) throws {
        let answer = try pass(.read, root).perform()
        try expectEqual("files in the source", answer.units, sizes.wholeFiles)
        try expectEqual("bytes in the source", answer.bytes, sizes.wholeFiles * FilePass.fileSize)
    }

    fileprivate func checkNoFiles(_ root: String) throws {
        try expectEqual("files in the source", try pass(.list, root).perform().units, 0)
    }
}

extension Visit {
    /// Files in a second, each of them dealt with.
    fileprivate func rate(_ pass: FilePass, _ bench: Bench, atLeast seconds: Double) throws -> Double {
        let answer = try ask(.pass(pass, atLeast: seconds))
        try expectEqual("files", answer.units, bench.sizes.wholeFiles)
        switch pass.operation {
        case .stat, .listWithStat, .read, .create:
            try expectEqual("bytes", answer.bytes, bench.sizes.wholeFiles * FilePass.fileSize)
        case .open, .list, .delete: break
        }
        return Double(answer.units) / answer.seconds
    }
}

/// Looks at files that stay as they are: cold, then warm.
struct Inspection: Workload {
    let operation: FilePass.Operation
    let threads: Int
    let cold: (home: Double?, shared: Double?)
    let warm: (home: Double?, shared: Double?)

    var name: String { operation.rawValue }
    var writes: Bool { false }
    var onlyUnpinned: Bool { threads > 1 }
    var rows: [Row] {
        [("cold", cold), ("warm", warm)].map { temperature, target in
            Row("\(operation.title), \(temperature)\(inThreads(threads))", home: target.home, shared: target.shared)
        }
    }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let source = try bench.scratch.kept(.disk, "small", for: contestant) { root in
            for directory in 0..<bench.sizes.directories {
                try makeDirectory("\(root)/\(FilePass.directoryName(directory))")
            }
            _ = try bench.pass(.create, root).perform()
        }
        try bench.checkFiles(source)
        return try bench.visit(contestant, source) { visit in
            let pass = bench.pass(operation, visit.root, threads: threads)
            return [
                try visit.rate(pass, bench, atLeast: visit.coldSeconds),
                try visit.rate(pass, bench, atLeast: visit.warmSeconds),
            ]
        }
    }
}

/// Makes files of one block each.
struct Creation: Workload {
    let threads: Int

    var name: String { "create" }
    var writes: Bool { true }
    var onlyUnpinned: Bool { threads > 1 }
    var rows: [Row] { [Row("create\(inThreads(threads))", home: 0.40)] }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let source = try bench.emptyDirectories("create")
        let rate = try bench.visit(contestant, source) { visit in
            try visit.rate(bench.pass(.create, visit.root, threads: threads), bench, atLeast: 0)
        }
        try bench.checkFiles(source)
        try bench.scratch.remove(source)
        return [rate]
    }
}

/// Removes every file: those that the kernel does not know yet, then those it has just been told of.
struct Deletion: Workload {
    let threads: Int

    var name: String { "delete" }
    var writes: Bool { true }
    var onlyUnpinned: Bool { threads > 1 }
    var rows: [Row] { ["cold", "warm"].map { Row("delete, \($0)\(inThreads(threads))", home: 0.35) } }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        try [false, true].map { warm in
            let source = try bench.emptyDirectories("delete")
            _ = try bench.pass(.create, source).perform()
            let rate = try bench.visit(contestant, source) { visit in
                if warm { _ = try visit.rate(bench.pass(.stat, visit.root), bench, atLeast: 0) }
                return try visit.rate(bench.pass(.delete, visit.root, threads: threads), bench, atLeast: 0)
            }
            try bench.checkNoFiles(source)
            try bench.scratch.remove(source)
            return rate
        }
    }
}
