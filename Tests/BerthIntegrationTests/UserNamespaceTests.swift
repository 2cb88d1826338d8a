import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("--allow-userns: what holds where a session may make namespaces") struct UserNamespaces {
        private let ids = ["--uid", "1001", "--gid", "1001"]

        @Test(
            "with every capability in a namespace within it, a session changes and reaches nothing more",
            .timeLimit(.minutes(5)), arguments: [Starter.ordinaryAccount, .rootNamingAccount, .namespaceRootWithRange],
            [["--seccomp", "default"], ["--seccomp", "off", "--keep-source-visible"], ["--pid-namespace", "off"]])
        func nested(_ starter: Starter, _ more: [String]) throws {
            try starter.needed()
            try withTree { tree in
                let place = try HostilePlace(tree)
                let before = try snapshot(tree.shared)
                let nested = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "unchanged"]
                let attack = place.command(
                    covered: !more.contains("--keep-source-visible"), inSight: more.contains("--pid-namespace"))
                let options = tree.options + ids + ["--allow-userns"] + more
                let outcome = try BerthRun(options, nested + attack + ["--nested"], starter).run()
                #expect(outcome.status == 0, "\(outcome.lines.last ?? "") \(outcome.errors)")
                let rows = outcome.attacks
                #expect(rows.filter { $0.attempt.hasPrefix("nested: ") }.count == 32)
                for promise in ["a", "b", "c", "d"] { #expect(rows.contains { $0.promise == promise }, "\(promise)") }
                expectRefused(rows)
                #expect(try snapshot(tree.shared) == before)
                #expect(place.isUntouched)
            }
        }

        @Test("outside of such a namespace nothing is open but making one")
        func direct() throws {
            try withTree { tree in
                let run = BerthRun(tree.options + ids + ["--allow-userns"], try HostilePlace(tree).command())
                let open = Set(try run.run().attacks.filter { !$0.isRefused }.map(\.attempt))
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
                let attack = try HostilePlace(tree).command(covered: false, inSight: true)
                let script = """
                    mount --bind \(tree.shared) \(tree.sharedTarget) && mount -o remount,ro,bind \(tree.sharedTarget) &&
                    mount --bind \(tree.shared) \(tree.shared) && mount -o remount,ro,bind \(tree.shared) && exec "$@"
                    """
                let namespace = ["unshare", "--mount", "sh", "-c", script, "sh"]
                let outcome = try Command(namespace + attack + ["--nested"]).run()
                let open = Set(outcome.attacks.filter(\.succeeded).map(\.attempt))
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
                        "\(name): \(outcome.attacks.first { $0.attempt.hasSuffix(name) }?.answer ?? "")")
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
