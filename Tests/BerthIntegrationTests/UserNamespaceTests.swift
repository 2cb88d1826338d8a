import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--allow-userns: what holds where a session may make namespaces") struct UserNamespaces {
        private static let program = Machine.program("hostile-session")
        private let ids = ["--uid", "1001", "--gid", "1001"]

        private func prepare(_ tree: Tree) throws -> [String] {
            let outside = tree.root + "/outside"
            try make(outside + "/canary", "secret")
            try make(outside + "/closed", "secret", mode: 0)
            try make(outside + "/readable", "readable", mode: 0o666)
            try makeDirectory(outside + "/landing", mode: 0o777)
            try Command(Self.program, "prepare", tree.shared).mustRun()
            try Command("chown", "-R", "-h", "\(TestAccount.first.user):\(TestAccount.first.group)", tree.shared)
                .mustRun()
            return [
                "--home", tree.homeTarget, "--home-source", tree.home, "--shared", tree.sharedTarget,
                "--shared-source", tree.shared,
            ]
        }

        private func rows(_ outcome: Outcome) -> [[String]] {
            outcome.lines.map { $0.split(separator: "\t").map(String.init) }.filter { $0.count == 4 }
        }

        @Test(
            "with every capability in a namespace within it, a session changes and reaches nothing more",
            .timeLimit(.minutes(5)), arguments: [Starter.ordinaryAccount, .rootNamingAccount, .namespaceRootWithRange],
            [["--seccomp", "default"], ["--seccomp", "off", "--keep-source-visible"], ["--pid-namespace", "off"]])
        func nested(_ starter: Starter, _ more: [String]) throws {
            try starter.needed()
            try withTree { tree in
                let arguments = try prepare(tree)
                let before = try snapshot(tree.shared)
                let nested = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "unchanged"]
                let covered = more.contains("--keep-source-visible") ? [] : ["--sources-covered"]
                let options = tree.options + ids + ["--allow-userns"] + more
                let command = nested + [Self.program, "--nested"] + covered + arguments
                let outcome = try BerthRun(options, command, starter).run()
                #expect(outcome.status == 0, "\(outcome.lines.last ?? "") \(outcome.errors)")
                let rows = rows(outcome)
                #expect(rows.filter { $0[1].hasPrefix("nested: ") }.count == 32)
                for promise in ["a", "b", "c", "d"] { #expect(rows.contains { $0[0] == promise }, "\(promise)") }
                for row in rows where !row[3].hasPrefix("refused") {
                    Issue.record("(\(row[0])) \(row[1]): \(row[3]), expected \(row[2])")
                }
                #expect(try snapshot(tree.shared) == before)
                #expect((try? FileManager.default.contentsOfDirectory(atPath: tree.root + "/outside/landing")) == [])
            }
        }

        @Test("outside of such a namespace nothing is open but making one")
        func direct() throws {
            try withTree { tree in
                let arguments = try prepare(tree)
                let run = BerthRun(
                    tree.options + ids + ["--allow-userns"], [Self.program, "--sources-covered"] + arguments)
                let open = Set(rows(try run.run()).filter { !$0[3].hasPrefix("refused") }.map { $0[1] })
                let calls = ["unshare", "clone", "clone3"]
                let expected = calls.flatMap { ["\($0): user", "\($0): user and mount"] }
                let older = ["as a program of 32 bits: unshare", "as a program of 32 bits: clone"]
                #expect(open.subtracting(older) == Set(expected))
            }
        }

        @Test("the attempts can succeed: on mounts that are not locked they do")
        func canSucceed() throws {
            try needRoot()
            try withTree { tree in
                let arguments = try prepare(tree)
                let script = """
                    mount --bind \(tree.shared) \(tree.sharedTarget) && mount -o remount,ro,bind \(tree.sharedTarget) &&
                    mount --bind \(tree.shared) \(tree.shared) && mount -o remount,ro,bind \(tree.shared) && exec "$@"
                    """
                let namespace = ["unshare", "--mount", "sh", "-c", script, "sh"]
                let outcome = try Command(namespace + [Self.program, "--nested"] + arguments).run()
                let open = Set(rows(outcome).filter { $0[3] == "SUCCEEDED" }.map { $0[1] })
                for name in [
                    "umount shared, lazily", "remount shared writable", "mount_setattr of shared",
                    "a clone of shared, writable", "shared elsewhere, writable", "umount the shared source",
                    "remount the shared source in one namespace more", "what lies beneath the source's cover",
                    "a clone of the directory above, without what is mounted in it",
                    "a handle of the source, by the root's mount", "what lies beneath every cover",
                    "the directory above with all that is mounted in it", "a set-uid program",
                ] where !Self.refusedByOthers.contains(name) {
                    #expect(
                        open.contains("nested: \(name)"),
                        "\(name) \(rows(outcome).first { $0[1].hasSuffix(name) } ?? [])")
                }
            }
        }

        /// A further user namespace locks the mounts also for root.
        private static let refusedByOthers = ["remount the shared source in one namespace more"]

        @Test("namespaces can be made and mounted in; without the option they cannot")
        func possible() throws {
            let script = "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /mnt && id -u && hostname'"
            let allowed = try BerthRun(ids + ["--allow-userns"], script: script).run()
            #expect(allowed.status == 0 && allowed.lines.first == "0", "\(allowed)")
            let refused = try BerthRun(ids, script: script).run()
            #expect(refused.status == 1 && refused.errors.contains("Operation not permitted"), "\(refused)")
        }

        @Test("the proof tries the read-only mounts from a nested namespace as well")
        func proof() throws {
            try withTree { tree in
                let (run, report) = try BerthRun(
                    tree.options + ids + ["--allow-userns", "--keep-source-visible"], ["true"]
                ).reporting(in: tree)
                expect(status: 0, try run.run())
                let dropped = try report.stage("dropped")
                #expect(dropped?["max_user_namespaces_zero"] as? Bool == false)
                let proof = dropped?["proof"] as? [[String: String]] ?? []
                for attempt in ["create", "remount", "unmount"] {
                    for path in [tree.sharedTarget, tree.shared] {
                        for name in [attempt, "in a nested namespace: " + attempt] {
                            #expect(proof.contains { $0["attempt"] == name && $0["path"] == path }, "\(name) \(path)")
                        }
                    }
                }
            }
        }

        @Test("uid 0 inside is refused, since it cannot be mapped again")
        func needsAnotherID() throws {
            let outcome = try BerthRun(["--allow-userns", "--dry-run"], ["true"]).run()
            #expect(outcome.status == 125)
            #expect(outcome.errors.hasPrefix("berth: --allow-userns for a user who is 0 inside\nhint: "), "\(outcome)")
        }
    }
}
