import Foundation

let blockWorkloads: [any Workload] = [
    BlockReading(
        name: "sequential-read", title: "sequential read 1 MiB", shape: .sequential, coldTarget: 0.35, warmTarget: 0.60),
    BlockReading(
        name: "random-read", title: "random read 4 KiB ×4", shape: .random, coldTarget: 0.30, warmTarget: 1.0),
    BlockWriting(
        name: "sequential-write", title: "sequential write 1 MiB, fsync", shape: .sequential, target: 0.55),
    BlockWriting(name: "random-write", title: "random write 4 KiB ×4, fsync", shape: .random, target: 0.40),
    BlockWriting(name: "fsync", title: "write 4 KiB, fsync each", shape: .synchronized, target: nil),
]

/// What fio(1) does, and with how much.
enum BlockShape: String {
    case sequential, random, synchronized

    /// The files are named `data.N`.
    func files(_ sizes: Sizes) -> (count: Int, bytes: Int) {
        switch self {
        case .sequential: (1, sizes.sequentialMegabytes << 20)
        case .random: (4, sizes.randomMegabytes << 20)
        case .synchronized: (1, sizes.synchronizedWrites * 4096)
        }
    }

    func words(_ root: String, _ sizes: Sizes) -> [String] {
        let (count, bytes) = files(sizes)
        return [
            "fio", "--name=\(rawValue)", "--directory=\(root)", "--filename_format=data.$jobnum",
            "--size=\(bytes)", "--numjobs=\(count)", "--bs=\(self == .sequential ? "1m" : "4k")",
            "--ioengine=psync", "--thread", "--group_reporting", "--invalidate=0", "--fallocate=none",
            "--randseed=1", "--output-format=json",
        ]
    }

    func fill(_ root: String, _ sizes: Sizes) throws {
        let (count, bytes) = files(sizes)
        for number in 0..<count {
            try Program(
                "dd", "if=/dev/urandom", "of=\(root)/data.\(number)", "bs=1M", "iflag=count_bytes", "count=\(bytes)",
                "status=none"
            ).mustRun()
        }
    }
}

/// What fio's JSON tells.
private struct FioReport: Decodable {
    struct Direction: Decodable {
        let ioBytes: Int
        let bandwidth: Double

        enum CodingKeys: String, CodingKey {
            case ioBytes = "io_bytes"
            case bandwidth = "bw_bytes"
        }
    }
    struct Job: Decodable {
        let error: Int
        let read: Direction
        let write: Direction
    }
    let jobs: [Job]
}

extension Visit {
    /// Bytes in a second, all of them read or written without an error.
    fileprivate func fio(_ words: [String], bytes: Int) throws -> Double {
        let output = try ask(.program(words, atLeast: 0)).output
        let jobs = try JSONDecoder().decode(FioReport.self, from: Data(output.utf8)).jobs
        guard jobs.count == 1 else { throw Trouble("fio tells of \(jobs.count) jobs: \(output)") }
        let moved = jobs[0].read.ioBytes > 0 ? jobs[0].read : jobs[0].write
        try expectEqual("fio's error", jobs[0].error, 0)
        try expectEqual("bytes that fio moved", moved.ioBytes, bytes)
        return moved.bandwidth
    }
}

/// The words of a program that prints one checksum of all the files: sessions do not see the source itself.
private func digestOfFiles(_ root: String) -> [String] { ["sh", "-c", "cat \"$1\"/data.* | cksum", "sh", root] }

/// Reads files that stay as they are: cold, then warm. Then compares them with the source.
struct BlockReading: Workload {
    let name: String
    let title: String
    let shape: BlockShape
    let coldTarget: Double
    let warmTarget: Double

    var writes: Bool { false }
    var isBlocks: Bool { true }
    var rows: [Row] {
        [
            Row("\(title), cold", home: coldTarget, shared: coldTarget),
            Row("\(title), warm", home: warmTarget, shared: warmTarget),
        ]
    }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let source = try bench.scratch.kept(.disk, name, for: contestant) { try shape.fill($0, bench.sizes) }
        let (count, bytes) = shape.files(bench.sizes)
        // The source's page cache is full then, whoever was before.
        let digest = try Program(digestOfFiles(source)).mustRun().output
        return try bench.visit(contestant, source) { visit in
            let rates = try [contestant.part == .native ? 4 : 1, 4].map { loops in
                let read = ["--rw=\(shape == .sequential ? "read" : "randread")", "--readonly", "--loops=\(loops)"]
                return try visit.fio(
                    shape.words(visit.root, bench.sizes) + read, bytes: loops * count * bytes)
            }
            let seen = try visit.ask(.program(digestOfFiles(visit.root), atLeast: 0)).output
            try expectEqual("digest of what was read", seen, digest)
            return rates
        }
    }
}

/// Writes files, with an fsync at the end or after each block. The source lies in memory.
struct BlockWriting: Workload {
    let name: String
    let title: String
    let shape: BlockShape
    let target: Double?

    var writes: Bool { true }
    var isBlocks: Bool { true }
    var rows: [Row] { [Row(title, home: target)] }

    func measure(_ contestant: Contestant, _ bench: Bench) throws -> [Double] {
        let source = try bench.scratch.fresh(.memory, name)
        let (count, bytes) = shape.files(bench.sizes)
        // Random writes go to files that are there; the others make theirs.
        if shape == .random { try shape.fill(source, bench.sizes) }
        let write = [
            "--rw=\(shape == .random ? "randwrite" : "write")", shape == .synchronized ? "--fsync=1" : "--end_fsync=1",
        ]
        let rate = try bench.visit(contestant, source) { visit in
            try visit.fio(shape.words(visit.root, bench.sizes) + write, bytes: count * bytes)
        }
        let found = try Program("sh", "-c", "stat --format=%s \"$1\"/data.*", "sh", source).mustRun().output
        try expectEqual("sizes in the source", found, String(repeating: "\(bytes)\n", count: count))
        try bench.scratch.remove(source)
        return [rate]
    }
}
