import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("A hostile kernel: no request makes the file server fall, hang, or reach what is not its own")
    struct HostileKernel {
        /// Which handles the kernel names.
        enum Handles: String, CaseIterable { case given, any }

        private func attack(_ tree: Tree, _ arguments: String...) throws -> Outcome {
            let place = tree.root + "/kernel"
            if !exists(place) { try makeDirectory(place) }
            try give(place)
            let program = [Machine.program("hostile-kernel"), place]
            var command = Command(asAccount(.first) + program + arguments)
            // A server that falls is to be seen as such at once.
            command.environment = ["SWIFT_BACKTRACE": "enable=no"]
            command.deadline = 3600
            return try command.run()
        }

        /// How often each answer came.
        private func answers(_ outcome: Outcome) throws -> [String: Int] {
            let line = try #require(outcome.lines.last?.components(separatedBy: "answers: ").last)
            let counts = line.components(separatedBy: ", ").map { $0.split(separator: " ") }
            let pairs = counts.map { ($0.first.map(String.init) ?? "", Int($0.last ?? "") ?? 0) }
            return Dictionary(pairs, uniquingKeysWith: +)
        }

        /// The same requests each time, and once others: BERTH_HOSTILE_SEED and BERTH_HOSTILE_REQUESTS for long runs.
        private static let seeds: [UInt64] = {
            let wanted = ProcessInfo.processInfo.environment["BERTH_HOSTILE_SEED"].flatMap(UInt64.init)
            return wanted.map { [$0] } ?? [1, 2, UInt64.random(in: 1000..<1_000_000)]
        }()
        private static let requests =
            ProcessInfo.processInfo.environment["BERTH_HOSTILE_REQUESTS"].flatMap(Int.init) ?? 10_000

        @Test("one answer for each request, and an error for each that is wrong", arguments: seeds, Handles.allCases)
        func survives(_ seed: UInt64, _ handles: Handles) throws {
            try withTree { tree in
                let outcome = try attack(
                    tree, "--seed", "\(seed)", "--requests", "\(Self.requests)", "--handles", handles.rawValue)
                try #require(outcome.status == 0, "\(outcome)")
                // Neither everything was refused, nor nothing.
                let answers = try answers(outcome)
                #expect(answers["done", default: 0] > Self.requests / 5, "\(answers)")
                for error in ["EIO", "EINVAL", "ESTALE", "EBADF", "ENAMETOOLONG", "EROFS", "ENOSYS", "EPROTO", "EINTR"]
                {
                    #expect(answers[error, default: 0] > 0, "\(error): \(answers)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: tree.root + "/kernel") == [])
            }
        }

        /// What the fixture does itself, and what it must then say.
        private static let plants = [
            ("change", "changed beside the source"), ("look", "changed beside the source"),
            ("neighbour", "changed beside the source"), ("breach", "changed in the read-only source"),
            ("secret", "holds what is written beside the source"), ("success", "answered as done although"),
            ("twice", "nobody waits for"), ("short", "an answer of "), ("silence", "no answer within"),
            ("death", "killed by signal 9"), ("leak", "descriptors left"),
        ]

        @Test("what a server might do wrong is seen", arguments: plants)
        func sees(_ plant: String, _ words: String) throws {
            try withTree { tree in
                // Round 3 is the first that is read-only.
                let outcome = try attack(
                    tree, "--seed", "5", "--requests", "10000", "--deadline", "2", "--plant", plant)
                #expect(outcome.status == 1, "\(outcome)")
                let first = outcome.lines.first { $0.contains(" request ") } ?? ""
                #expect(first.hasPrefix("hostile-kernel: seed 5 round ") && first.contains(words), "\(outcome)")
            }
        }

        @Test("more memory than allowed is seen")
        func seesMemory() throws {
            try withTree { tree in
                let outcome = try attack(tree, "--requests", "4000", "--memory", "1")
                #expect(outcome.status == 1 && outcome.output.contains("KiB in memory"), "\(outcome)")
            }
        }
    }
}
