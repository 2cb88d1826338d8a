import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Sources are seen at their targets, and nowhere else") struct Covers {
        @Test("neither a home's nor a shared source's own path shows anything", arguments: Starter.allCases)
        func ownPaths(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try make(tree.home + "/mine", "mine")
                let script = "ls -A \(tree.home) \(tree.shared); cat $HOME/mine; cat \(tree.sharedTarget)/file"
                let (run, report) = try BerthRun(tree.options, script: script, starter).reporting(in: tree)
                let outcome = try run.run()
                expect(status: 0, outcome)
                #expect(outcome.output == "\(tree.home):\n\n\(tree.shared):\nminecanary", "\(outcome)")
                let covered = try report.stage("mounted")?["sources_covered"] as? [String] ?? []
                #expect(Set(covered) == [tree.home, tree.shared])
            }
        }

        @Test("a bind mount of a source, of what holds it or of a part of it is covered as well")
        func aliases() throws {
            try needRoot()
            try withTree { tree in
                let places = ["whole", "holder", "part"].map { "\(tree.root)/\($0)" }
                for place in places { try makeDirectory(place) }
                let bind = """
                    mount --bind \(tree.shared) \(places[0]); mount --bind \(tree.outside) \(places[1])
                    mount --bind \(tree.shared)/directory \(places[2]); exec "$@"
                    """
                let script = "ls -A \(places[0]) \(places[1])/shared \(places[1])/home \(places[2])"
                var run = BerthRun(tree.options, script: script, .rootNamingAccount)
                run.wrapper = ["unshare", "-m", "sh", "-c", bind, "sh"]
                let outcome = try run.run()
                expect(status: 0, outcome)
                #expect(outcome.lines.filter { !$0.isEmpty && !$0.hasSuffix(":") } == [], "\(outcome)")
            }
        }

        @Test("what another mount hides already is left alone")
        func overmounted() throws {
            try needRoot()
            try withTree { tree in
                let bind =
                    "mount -t tmpfs -o mode=777 none \(tree.outside); echo other > \(tree.outside)/other; exec \"$@\""
                let held = "exec 5<\(tree.shared); \(bind)"
                var run = BerthRun(
                    ["--shared", "/proc/self/fd/5:\(tree.sharedTarget)"],
                    script: "cat \(tree.outside)/other \(tree.sharedTarget)/file", .rootNamingAccount)
                run.wrapper = ["unshare", "-m", "sh", "-c", held, "sh"]
                let outcome = try run.run()
                #expect(outcome.status == 125 || outcome.output == "other\ncanary", "\(outcome)")
            }
        }

        @Test(
            "a home and a shared source that meet by a mount are refused",
            arguments: [
                // Of the shared source in the home; of a directory of the home's; of one of the shared source's.
                "mount --bind $shared $home/inner", "mount --bind $home/inner $bound; shared=$bound",
                "mount --bind $shared/directory $bound; home=$bound",
                "mount --bind $outside $bound; home=$bound; shared=$outside/shared",
            ])
        func meeting(_ mount: String) throws {
            try needRoot()
            try withTree { tree in
                for place in [tree.home + "/inner", tree.root + "/bound"] {
                    try makeDirectory(place)
                    try give(place)
                }
                let script = """
                    outside=\(tree.outside) home=\(tree.home) shared=\(tree.shared) bound=\(tree.root)/bound
                    \(mount)
                    exec \(Machine.program("berth")) run --account \(TestAccount.first.name) $DRY \\
                        --home $home:\(tree.homeTarget) --shared $shared:\(tree.sharedTarget) -- touch \(tree.root)/ran
                    """
                for dry in ["", "--dry-run"] {
                    var command = Command("unshare", "--mount", "sh", "-c", script)
                    command.environment["DRY"] = dry
                    let outcome = try command.run()
                    #expect(outcome.status == 125 && outcome.errors.contains("keep the home and shared"), "\(outcome)")
                    #expect(!exists(tree.root + "/ran"))
                }
            }
        }

        @Test("a target within a source is refused before anything is mounted")
        func targetWithin() throws {
            try withTree { tree in
                try makeDirectory(tree.home + "/inner")
                try give(tree.home + "/inner")
                let outcome = try BerthRun(
                    ["--home", "\(tree.home):\(tree.homeTarget)", "--shared", "\(tree.shared):\(tree.home)/inner"],
                    ["true"]
                ).run()
                #expect(outcome.status == 125 && outcome.errors.contains("covered"), "\(outcome)")
            }
        }
    }
}
