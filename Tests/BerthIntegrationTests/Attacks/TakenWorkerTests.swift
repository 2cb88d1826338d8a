import Foundation
import Glibc
import Testing

/// What a worker tries with the owners of a file outside of its tree, each way twice.
private let fromNowhere = [
    "an absolute path", "its root in /proc", "process 1's root in /proc", "the parent's root in /proc",
    "the parent's directory in /proc", "the working directory",
]
private let fromTheTree = ["dot-dot", "many dot-dots", "a link in the tree"]
private let opened = (fromNowhere + fromTheTree).map { "own what was opened by \($0)" }
private let byPath = fromTheTree.map { "own by \($0)" } + opened
/// Those that are open where nothing stands in the way: another process's root is not for everybody.
private let open = byPath.filter { !$0.contains("parent") && !$0.contains("process 1") }
/// Whatever it may open, it changes no owner by a path that begins in no directory it has.
private let fromNowhereAtOnce = fromNowhere.map { "own by \($0)" }
private let byMount = ["own by a mount in the tree", "own what was opened by a mount in the tree"]
private let byOpenat2 = ["an absolute path", "dot-dot"].map { "own what openat2 opens by \($0)" }
private let upwards = ["an absolute path", "dot-dot", "dot-dot in its midst", "the working directory"].map {
    "lead the way down up by \($0)"
}
private let aside = ["a link", "a mount"].map { "lead the way down up by \($0)" }
private let notOfTheTree = [
    "own standard error", "own standard error with more bits", "own its directory", "own standard error by its link",
]
private let arguing = [
    "unprotect the arguments", "unprotect from below", "forget the arguments", "move the arguments away",
    "map over the arguments", "map over them from below", "move memory over the arguments", "unmap the arguments",
]
private let acting: Set = [
    "execve", "execveat", "connect", "socket: unix", "ptrace the parent", "kill everybody", "mount", "umount", "setuid",
    "capset", "unshare", "setns", "chroot", "read the parent's memory", "open a forged handle", "map executable memory",
    "own by a hard link in the tree",
]

private let writing: Set = ["open the source for writing", "create in the source"]

/// Runs berth with a worker that plays one taken over, and a file beside its tree that it is after.
private func attempts(
    _ starter: Starter, without defences: [String] = [], own: Bool = false, ends expected: Int32 = 0,
    _ body: (Attempts, _ owner: uid_t, Outcome) throws -> Void
) throws {
    try needRoot()
    try starter.needed()
    try withTree { tree in
        chmod(tree.root, 0o777)
        let canary = tree.outside + "/canary"
        for path in ["/elsewhere", "/home/mounted"] { try makeDirectory(tree.outside + path) }
        for path in [canary, tree.outside + "/elsewhere/canary", tree.home + "/file"] { try make(path) }
        symlink(canary, tree.home + "/leading")
        for path in ["/file", "/leading", "/mounted"] { try give(tree.home + path) }
        let script =
            "mount --bind \(tree.outside)/elsewhere \(tree.home)/mounted; exec \"$@\""
            + (own ? " < \(tree.outside)" : "")
        let mounting = ["unshare", "-m", "sh", "-c", script, "sh"]
        let environment = [
            "BERTH_TEST_TAKEN_OVER": tree.root + "/attempts", "BERTH_TEST_CANARY": canary,
            "BERTH_TEST_WITHOUT": defences.joined(separator: ","),
        ]
        let outcome: Outcome
        if own {
            var command = Command(
                mounting + starter.prefix + [
                    Machine.program("berth"), "own", "--json", "--to",
                    "\(TestAccount.first.user):\(TestAccount.first.group)",
                    "--record", tree.root + "/record", tree.home,
                ])
            command.environment = environment
            outcome = try command.run()
        } else {
            var run = BerthRun(tree.homeOption + ["--ownership", "always"], ["true"], starter)
            run.surroundings = mounting
            run.environment = environment
            outcome = try run.run()
        }
        expect(status: expected, outcome)
        let role = own ? ".own." : ".worker."
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: tree.root).first { $0.contains(role) })
        let owners = try [canary, tree.outside + "/elsewhere/canary"].map { try status($0).st_uid }
        try body(try Attempts(tree.root + "/" + name), owners.max()!, outcome)
    }
}

extension BerthIntegration {
    @Suite("(e) An owner worker that has been taken over: nothing outside of its tree gets another owner")
    struct TakenWorker {
        private static let starters: [Starter] = [.rootNamingAccount, .ordinaryAccount, .capableAccount]

        @Test("nothing that it tries succeeds, whoever started it", arguments: starters, [false, true])
        func refused(_ starter: Starter, own: Bool) throws {
            try attempts(starter, own: own) { worker, owner, _ in
                worker.printed(as: "owner worker", of: "an owner worker taken over, \(starter)")
                #expect(worker.succeeded == [])
                #expect(worker.rows.count > 80)
                #expect(owner == 0)
                let filtered = worker.names("seccomp")
                #expect(filtered.isSuperset(of: byPath + byMount + fromNowhereAtOnce))
                #expect(filtered.isSuperset(of: byOpenat2 + arguing + acting + notOfTheTree))
                #expect(filtered.isSuperset(of: writing))
                // The calls that it does make lead nowhere else: links and mounts among them.
                #expect(worker.names("beneath").isSuperset(of: aside))
                let defence = starter == .capableAccount ? "beneath" : "empty root"
                #expect(worker.names(defence).isSuperset(of: upwards))
                // Standard input of berth own was the directory that the file lies in; a run refuses such.
                for stream in ["error", "input"] {
                    #expect(worker.rows["lead the way down up by standard \(stream)"]?.answer == "openat2: ENOTDIR")
                }
            }
        }

        /// None of them has CAP_SYS_ADMIN, so that the root stays what it is.
        @Test("nor in a pod, which grants two capabilities or a few more", arguments: [[], ["worker-opens"]])
        func pod(defences: [String]) throws {
            try needPodman()
            for pod in Pod.all {
                try withTree { tree in
                    chmod(tree.root, 0o777)
                    let canary = tree.outside + "/canary"
                    for path in [canary, tree.home + "/file"] { try make(path) }
                    symlink(canary, tree.home + "/leading")
                    for path in ["/file", "/leading"] { try give(tree.home + path) }
                    let variables = [
                        "BERTH_TEST_TAKEN_OVER=\(tree.root)/attempts", "BERTH_TEST_CANARY=\(canary)",
                        "BERTH_TEST_WITHOUT=" + defences.joined(separator: ","),
                    ]
                    let account = "\(TestAccount.first.user):\(TestAccount.first.group)"
                    let outcome = try pod.execute(
                        tree,
                        ["env"] + variables + [Machine.program("berth"), "own", "--json", "--to", account, tree.home])
                    expect(status: 0, outcome)
                    #expect(try outcome.events().first?["root"] as? String == "starter", "\(pod.name): \(outcome)")
                    let name = try FileManager.default.contentsOfDirectory(atPath: tree.root)
                        .first { $0.contains(".own.") }
                    let worker = try Attempts(tree.root + "/" + (try #require(name)))
                    if defences.isEmpty {
                        #expect(worker.succeeded == [], "\(pod.name)")
                        #expect(worker.names("beneath").isSuperset(of: upwards))
                    }
                    #expect(try status(canary).st_uid == (defences.isEmpty ? 0 : 54_321), "\(pod.name)")
                }
            }
        }

        @Test("each of the two defences is enough", arguments: [Starter.rootNamingAccount, .ordinaryAccount])
        func eachAlone(_ starter: Starter) throws {
            try attempts(starter, without: ["worker-root"]) { worker, owner, _ in
                #expect(worker.succeeded == [] && owner == 0)
                #expect(worker.names("beneath") == Set(upwards + aside))
            }
            try attempts(starter, without: ["worker-opens"]) { worker, owner, _ in
                #expect(owner == 0)
                #expect(worker.names("empty root").isSuperset(of: byPath))
                #expect(worker.names("seccomp").isSuperset(of: acting.union(fromNowhereAtOnce)))
                #expect(worker.names("Landlock").isSuperset(of: writing))
                // A mount in the tree can be reached, and not changed.
                for attempt in byMount { #expect(worker.rows[attempt]?.answer == "fchownat: EROFS", "\(attempt)") }
                #expect(worker.succeeded.subtracting(["own standard error by its link"]) == ["touch the owner"])
            }
        }

        @Test("without both, or without the filter, it has what it wants")
        func leftOut() throws {
            try attempts(.rootNamingAccount, without: ["worker-root", "worker-opens"]) { worker, owner, _ in
                #expect(worker.succeeded.isSuperset(of: open) && owner == 54_321)
                #expect(worker.rows["open /etc/passwd"]?.defence == "Landlock")
            }
            try attempts(.rootNamingAccount, without: ["worker-root", "worker-opens", "server-landlock"]) {
                worker, _, _ in
                #expect(worker.succeeded.isSuperset(of: ["open /etc/passwd", "open the source for writing"]))
            }
            // A user namespace of its own costs it what it had.
            try attempts(.rootNamingAccount, without: ["worker-seccomp"], ends: 125) { worker, _, _ in
                #expect(worker.succeeded.isSuperset(of: ["socket: unix", "unshare", "map executable memory"]))
                #expect(worker.succeeded.isSuperset(of: arguing.filter { $0 != "unprotect from below" }))
            }
            // Where there is no empty root, the filter stands alone.
            try attempts(.capableAccount, without: ["worker-opens"]) { worker, owner, _ in
                #expect(worker.succeeded.isSuperset(of: open) && owner == 54_321)
            }
        }
    }
}
