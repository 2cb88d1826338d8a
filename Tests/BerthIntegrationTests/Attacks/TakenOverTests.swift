import Foundation
import Glibc
import Testing

/// What a server or worker tried that plays one taken over: by the attempt, how it was refused and by which defence.
struct Attempts {
    let rows: [String: (answer: String, defence: String)]

    init(_ path: String) throws {
        let text = contents(of: path).prefix { $0 != "\0" }
        guard text.hasSuffix("end\n") else { throw CommandError("it did not come to its end: \(path)") }
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        rows = Dictionary(
            uniqueKeysWithValues: lines.filter { $0.count == 3 }.map { ($0[0], (answer: $0[1], defence: $0[2])) })
    }

    var succeeded: Set<String> { Set(rows.filter { $0.value.answer == "SUCCEEDED" }.keys) }
    func names(_ defence: String) -> Set<String> { Set(rows.filter { $0.value.defence == defence }.keys) }

    /// For the table of attacks.
    func printed(as role: String, of place: String) {
        let all = rows.sorted { $0.key < $1.key }.map {
            AttackRow(kind: role, attempt: $0.key, defence: $0.value.defence, answer: $0.value.answer)
        }
        printTable(all, of: place)
    }
}

private let outward: Set = [
    "open /etc/passwd", "dot-dot above the source", "root of process 1", "root of the parent", "own root by /proc",
    "own root by the descriptors", "another /dev/fuse", "touch the owner elsewhere",
]
private let writes: Set = [
    "open the source for writing", "create in the source", "open again with more", "open the path-only again with more",
]
private let changes: Set = ["make a directory", "remove a file", "rename a file", "touch the owner"]
private let filtered: Set = [
    "name a handle", "open a forged handle", "make the mount writable", "execve", "execveat",
    "start a process with a namespace", "socket: unix", "socket: internet", "connect", "ptrace the parent",
    "kill the parent", "tgkill the parent", "kill everybody", "pidfd_open", "read the parent's memory", "mount",
    "umount",
    "clone the source's mount", "unshare", "setns", "chroot", "setuid", "capset", "become dumpable", "bpf",
    "open a descriptor of the parent", "map executable memory", "make memory executable", "memory without a file",
]

extension BerthIntegration {
    @Suite("(f) A file server that has been taken over: the kernel refuses what it tries")
    struct TakenOver {
        /// The reports of a run with a home, whose files are another's, and a shared tree.
        private func attempts(
            _ starter: Starter, without defences: [String] = [],
            _ body: ([(role: String, Attempts)], Tree) throws -> Void
        ) throws {
            try withTree { tree in
                chmod(tree.root, 0o777)
                try make(tree.home + "/file")
                try give(tree.home + "/file")
                var run = BerthRun(
                    tree.options + ["--ownership", "always"], ["cat", tree.sharedTarget + "/file"], starter)
                run.environment = [
                    "BERTH_TEST_TAKEN_OVER": tree.root + "/attempts",
                    "BERTH_TEST_WITHOUT": defences.joined(separator: ","),
                ]
                let before = try snapshot(tree.shared)
                let outcome = try run.run()
                #expect(outcome.status == 0 && outcome.output == "canary", "\(outcome)")
                if defences.isEmpty { #expect(try snapshot(tree.shared) == before) }
                let names = try FileManager.default.contentsOfDirectory(atPath: tree.root).filter {
                    $0.hasPrefix("attempts.")
                }.sorted()
                let all = try names.map { name in
                    (role: String(name.split(separator: ".")[1]), try Attempts(tree.root + "/" + name))
                }
                try body(all, tree)
            }
        }

        @Test("each attempt, by the defence that refuses it", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func refused(_ starter: Starter) throws {
            try starter.needed()
            try attempts(starter) { all, tree in
                #expect(all.map(\.role) == ["home", "shared", "worker"])
                let (home, shared) = (all[0].1, all[1].1)
                shared.printed(as: "shared server", of: "a file server taken over, \(starter)")
                home.printed(as: "home server", of: "a file server taken over, \(starter)")
                #expect(shared.succeeded == [])
                #expect(shared.names("empty root") == outward)
                #expect(shared.names("read-only source") == writes)
                #expect(shared.names("Landlock") == ["list the root"])
                #expect(shared.names("seccomp") == filtered.union(changes).union(["make a device"]))
                // The server of a home changes the home: that is its work. It makes no device there.
                #expect(home.succeeded == writes.union(changes))
                #expect(home.names("empty root") == outward)
                #expect(home.names("seccomp") == filtered)
                #expect(home.names("kernel") == ["make a device"])
            }
        }

        /// Which defence an attempt then meets, or that it succeeds.
        @Test(
            "with a defence left out, another defence refuses; with two, an attempt succeeds",
            arguments: [
                (["server-seccomp"], ["socket: unix": "nobody", "map executable memory": "nobody"]),
                (["server-landlock"], ["list the root": "empty root"]),
                (["server-root"], ["open /etc/passwd": "Landlock", "another /dev/fuse": "Landlock"]),
                (["server-root", "server-landlock"], ["open /etc/passwd": "nobody", "own root by /proc": "nobody"]),
                (
                    ["read-only-source"],
                    ["open the source for writing": "Landlock", "create in the source": "Landlock"]
                ),
                (
                    ["read-only-source", "server-landlock"],
                    ["open again with more": "nobody", "create in the source": "nobody"]
                ),
                (["read-only-source", "server-landlock", "server-seccomp"], ["make a directory": "nobody"]),
            ] as [([String], [String: String])])
        func leftOut(_ defences: [String], _ expected: [String: String]) throws {
            try attempts(.ordinaryAccount, without: defences) { all, _ in
                let shared = try #require(all.first { $0.role == "shared" }).1
                for (name, defence) in expected {
                    #expect(shared.rows[name]?.defence == defence, "\(name): \(shared.rows[name]?.defence ?? "")")
                }
            }
        }

        @Test("release builds hold nothing of it")
        func debugOnly() throws {
            let sources = URL(fileURLWithPath: #filePath + "/../../../../Sources").standardizedFileURL.path
            let files = try Command("grep", "-rlE", "TakenOver|rawCall|SharedPage|TakenAttempt", sources).mustRun()
                .lines
            #expect(files.count >= 5)
            for file in files {
                var depth = 0
                var debug: [Int] = []
                for line in contents(of: file).split(separator: "\n") {
                    let words = line.drop { $0 == " " }
                    if words.hasPrefix("#if") { depth += 1 }
                    if words == "#if DEBUG" { debug.append(depth) }
                    if words.hasPrefix("#else"), debug.last == depth { debug.removeLast() }
                    if words.hasPrefix("#endif") {
                        if debug.last == depth { debug.removeLast() }
                        depth -= 1
                    }
                    if ["TakenOver", "rawCall", "SharedPage", "TakenAttempt"].contains(where: { words.contains($0) }) {
                        #expect(!debug.isEmpty, "\(file): \(line)")
                    }
                }
            }
        }
    }
}
