import Foundation
import Testing

/// A pod: as whom it runs, and what it may do.
struct Pod: Sendable, CustomTestStringConvertible {
    let name: String
    let user: String
    var capabilities: String
    let options: [String]
    var testDescription: String { name }

    static var account: Pod {
        let account = TestAccount.first
        return Pod(
            name: "--user UID:GID --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE",
            user: "\(account.user):\(account.group)", capabilities: "CHOWN,DAC_OVERRIDE", options: [])
    }

    static var root: Pod {
        Pod(
            name: "--user root, with --account", user: "0:0", capabilities: "default",
            options: ["--account", "\(TestAccount.first.user):\(TestAccount.first.group)"])
    }

    static var all: [Pod] { Machine.isRoot ? [account, root] : [] }

    /// `berth run` in the pod, with the tree and the programs at the paths they have outside.
    func run(_ tree: Tree, _ options: [String], _ command: [String]) throws -> Outcome {
        try execute(tree, [Machine.program("berth"), "run"] + self.options + options + ["--"] + command)
    }

    /// Any command in the pod.
    func execute(_ tree: Tree, _ words: [String]) throws -> Outcome {
        let scratch = tree.root + "/container"
        try makeDirectory(scratch)
        defer { rmdir(scratch) }
        let volumes = Set([Machine.directory] + Self.runtime).sorted()
        var run = Command([Self.script, scratch, user, capabilities] + volumes + ["--"] + words)
        run.deadline = 300.0
        return try run.run()
    }

    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/in-podman"

    /// Where the libraries of the Swift runtime lie, unless they are linked in.
    private static let runtime: [String] = {
        let output = (try? Command("ldd", Machine.program("berth")).run().lines) ?? []
        let paths = output.compactMap { $0.split(separator: " ").first { $0.hasPrefix("/") } }.map(String.init)
        let folders = paths.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        return folders.filter { !$0.hasPrefix("/lib") && !$0.hasPrefix("/usr/lib") }
    }()
}

func needPodman() throws {
    try needRoot()
    try needTools("podman", "crun")
    try withTree { tree in
        let probe = try Pod.account.execute(tree, ["true"])
        try need(probe.status == 0, "podman cannot run a container here: \(probe)")
    }
}
