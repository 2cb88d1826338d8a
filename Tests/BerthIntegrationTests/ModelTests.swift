import Foundation
import Testing

/// Where a mount is known to differ from a plain directory.
private enum Known {
    /// The kernel's own rules.
    static let always = ["mapped-set-id"]
    /// Its rules where it leaves all permissions to the server.
    static let withoutDefaultPermissions = ["refusal-order", "search", "fifo-permission"]
    /// What berth has still to mend: a name goes from here with its mending.
    static let unmended: [String] = []

    static let all = (always + withoutDefaultPermissions + unmended).joined(separator: ",")
}

/// How much the tests do: MODEL_TEST_ROUNDS makes them long, MODEL_TEST_SEED does the same again.
private enum Amount {
    static let rounds = number("MODEL_TEST_ROUNDS") ?? 1
    static let seed = number("MODEL_TEST_SEED") ?? Int(Date().timeIntervalSince1970 * 1000)

    static var model: [String] {
        ["--rounds", "\(rounds)", "--operations", "1000", "--threads", "4", "--seed", "\(seed)"]
    }
    static var file: [String] { ["--operations", "\(1000 * rounds)", "--seed", "\(seed)"] }

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
}

extension BerthIntegration {
    @Suite("Model: random operations beside a plain directory", .timeLimit(.minutes(60))) struct Model {
        private let model = Machine.program("model-test")
        private let exerciser = Machine.program("file-exerciser")

        private func run(_ words: [String]) throws -> Outcome {
            var command = Command(words)
            command.deadline = 3600
            return try command.run()
        }

        /// Empty directories of the account's beside the sources: `native` and `other`.
        private func withDirectories(_ body: (Tree) throws -> Void) throws {
            try withTree { tree in
                for name in ["native", "other"] {
                    try makeDirectory("\(tree.outside)/\(name)")
                    try give("\(tree.outside)/\(name)")
                }
                try body(tree)
            }
        }

        @Test("two plain directories cannot be told apart")
        func plain() throws {
            try withDirectories { tree in
                let places = [tree.outside + "/native", tree.outside + "/other", "--source", tree.outside + "/other"]
                let outcome = try run(asAccount(.first) + [model] + places + Amount.model)
                expect(status: 0, outcome)
                #expect(outcome.lines.filter { $0.hasSuffix("no difference") }.count == 2)
            }
        }

        @Test("a plain file keeps to the model, by one path and by two")
        func plainFile() throws {
            try withDirectories { tree in
                let file = tree.outside + "/native/file"
                expect(status: 0, try run(asAccount(.first) + [exerciser, file] + Amount.file))
                expect(status: 0, try run(asAccount(.first) + [exerciser, file, "--second", file] + Amount.file))
            }
        }

        @Test("a home cannot be told from a plain directory, and shows what its source has")
        func home() throws {
            try withDirectories { tree in
                let places = [tree.outside + "/native", tree.homeTarget, "--source", tree.home, "--avoid", Known.all]
                var session = BerthRun(tree.homeOption + ["--keep-source-visible"], [model] + places + Amount.model)
                session.deadline = 3600
                let outcome = try session.run()
                expect(status: 0, outcome)
                #expect(outcome.lines.filter { $0.hasSuffix("no difference") }.count == 2)
            }
        }

        @Test("a file in a home keeps to the model")
        func homeFile() throws {
            try withDirectories { tree in
                var session = BerthRun(tree.homeOption, [exerciser, tree.homeTarget + "/file"] + Amount.file)
                session.deadline = 3600
                expect(status: 0, try session.run())
            }
        }
    }
}

extension BerthIntegration.Model {
    @Test("a mount by hand cannot be told from a plain directory", arguments: ["none", "auto", "always"])
    func mounted(cache: String) throws {
        try withDirectories { tree in
            try withMounts(of: tree.home, at: [tree.homeTarget], cache: cache) {
                let places = [tree.outside + "/native", tree.homeTarget, "--source", tree.home, "--avoid", Known.all]
                expect(status: 0, try run(asAccount(.first) + [model] + places + Amount.model))
                expect(status: 0, try run(asAccount(.first) + [exerciser, tree.homeTarget + "/file"] + Amount.file))
            }
        }
    }

    /// `none` shows every change at once. With `auto` names, sizes and times may be a second old, and what the kernel has
    /// of a file's data goes when it is opened and they have changed.
    @Test("two mounts of one source show each other's changes", arguments: [("none", 0, 1), ("auto", 1100, 250)])
    func twoMounts(cache: String, settle: Int, turn: Int) throws {
        try withDirectories { tree in
            let targets = [tree.homeTarget, tree.sharedTarget]
            try withMounts(of: tree.home, at: targets, cache: cache) {
                let pace = ["--second", targets[1] + "/file", "--settle", "\(settle)", "--turn", "\(turn)"]
                expect(status: 0, try run(asAccount(.first) + [exerciser, targets[0] + "/file"] + pace + Amount.file))
            }
        }
    }

    @Test("the second mount of a source shows what was done in the first")
    func secondMount() throws {
        try withDirectories { tree in
            let targets = [tree.homeTarget, tree.sharedTarget]
            try withMounts(of: tree.home, at: targets, cache: "none") {
                let places = [tree.outside + "/native", targets[0], "--source", targets[1], "--avoid", Known.all]
                expect(status: 0, try run(asAccount(.first) + [model] + places + Amount.model))
            }
        }
    }

    @Test(
        "nor can one whose files the kernel reads and writes by itself, -o passthrough",
        arguments: ["none", "auto", "always"])
    func passedOn(cache: String) throws {
        try needPassthrough()
        try withDirectories { tree in
            try withMounts(of: tree.home, at: [tree.homeTarget], cache: cache, passingOn: [true]) {
                let places = [tree.outside + "/native", tree.homeTarget, "--source", tree.home, "--avoid", Known.all]
                expect(status: 0, try run(asAccount(.first) + [model] + places + Amount.model))
                expect(status: 0, try run(asAccount(.first) + [exerciser, tree.homeTarget + "/file"] + Amount.file))
            }
        }
    }

    @Test(
        "two mounts of one source show each other's changes, where the kernel reads and writes in both, or in one",
        arguments: [[true, true], [true, false]])
    func twoPassedOn(passingOn: [Bool]) throws {
        try needPassthrough()
        try withDirectories { tree in
            let targets = [tree.homeTarget, tree.sharedTarget]
            try withMounts(of: tree.home, at: targets, cache: "none", passingOn: passingOn) {
                let pace = ["--second", targets[1] + "/file", "--settle", "0", "--turn", "1"]
                expect(status: 0, try run(asAccount(.first) + [exerciser, targets[0] + "/file"] + pace + Amount.file))
            }
        }
    }

    /// Mounts the source with `berth mount` for the time of the block: as the account, or, with `passingOn`, as root for
    /// everybody, each with -o passthrough or without.
    private func withMounts(
        of source: String, at targets: [String], cache: String, passingOn: [Bool]? = nil, _ body: () throws -> Void
    ) throws {
        if passingOn == nil { try needTools("fusermount3") }
        let starter = passingOn == nil ? asAccount(.first) : []
        let berth = Machine.program("berth")
        for (index, target) in targets.enumerated() {
            try give(target)
            let passing = passingOn.map { $0[index] ? ",allow_other,passthrough" : ",allow_other" } ?? ""
            try Command(starter + [berth, "mount", source, target, "-o", "cache=\(cache)\(passing)"]).mustRun()
        }
        defer { for target in targets { _ = try? Command(starter + [berth, "umount", target]).run() } }
        try body()
    }
}

extension BerthIntegration.Model {
    @Test("the model test can fail: a read-only directory is told from a plain one")
    func readOnlyFails() throws {
        try withDirectories { tree in
            let session = BerthRun(tree.options, [model, tree.homeTarget, tree.sharedTarget] + Amount.model)
            let outcome = try session.run()
            expect(status: 1, outcome)
            #expect(outcome.output.contains("/thread-0: EROFS"))
        }
    }

    @Test("the model test can fail: a directory that hands down its group bit differs in modes")
    func otherModesFail() throws {
        try withDirectories { tree in
            chmod(tree.outside + "/other", 0o2755)
            let places = [tree.outside + "/native", tree.outside + "/other"]
            let outcome = try run(asAccount(.first) + [model] + places + Amount.model)
            expect(status: 1, outcome)
            #expect(outcome.output.contains("mode 042"))
            #expect(outcome.output.contains("--seed \(Amount.seed)"))
            #expect(outcome.output.contains("the last operations:"))
        }
    }

    @Test("the model test can fail: a source that is not the mount's has other contents")
    func otherSourceFails() throws {
        try withDirectories { tree in
            try makeDirectory(tree.home + "/together")
            let places = [tree.outside + "/native", tree.outside + "/other", "--source", tree.home]
            let outcome = try run(asAccount(.first) + [model] + places + Amount.model)
            expect(status: 1, outcome)
            #expect(outcome.output.contains("together, after round 0"))
        }
    }

    @Test("what is known to differ is found where it is not avoided")
    func knownDifferences() throws {
        try withDirectories { tree in
            let places = [tree.outside + "/native", tree.homeTarget]
            var session = BerthRun(tree.homeOption, [model] + places + ["--seed", "1", "--rounds", "5"])
            session.deadline = 300
            expect(status: 1, try session.run())
        }
    }

    @Test("the file exerciser can fail: a copy is not the same file")
    func otherFileFails() throws {
        try withDirectories { tree in
            let (one, other) = (tree.outside + "/native/file", tree.outside + "/native/copy")
            try make(other)
            try give(other)
            let outcome = try run(asAccount(.first) + [exerciser, one, "--second", other] + Amount.file)
            expect(status: 1, outcome)
            #expect(outcome.output.contains("the last operations:"))
        }
    }
}
