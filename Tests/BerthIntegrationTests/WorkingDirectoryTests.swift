import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("The working directory: the one that was meant, and none outside") struct WorkingDirectory {
        private func place(
            _ directory: String, _ tree: Tree, _ more: [String] = [], _ starter: Starter = .ordinaryAccount
        ) throws -> Outcome {
            var run = BerthRun(tree.options + more, ["sh", "-c", "pwd; ls"], starter)
            run.directory = directory
            return try run.run()
        }

        @Test("what lies in a source is entered through its mount", arguments: Starter.allCases)
        func source(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                try makeDirectory(tree.home + "/project")
                try make(tree.home + "/project/inner")
                for path in ["", "/project"] { try give(tree.home + path) }
                for more in [[], ["--keep-source-visible"], ["--pid-namespace", "off"]] {
                    let home = try place(tree.home + "/project", tree, more, starter)
                    #expect(home.output == tree.homeTarget + "/project\ninner\n", "\(home)")
                    let shared = try place(tree.shared + "/directory", tree, more, starter)
                    #expect(shared.output == tree.sharedTarget + "/directory\ninner\n", "\(shared)")
                    let root = try place(tree.shared, tree, more, starter)
                    #expect(root.output == tree.sharedTarget + "\ndirectory\nfile\n", "\(root)")
                }
            }
        }

        @Test("where a mount lies over it, the mount is entered")
        func target() throws {
            try withTree { tree in
                let shared = try place(tree.sharedTarget, tree)
                #expect(shared.output == tree.sharedTarget + "\ndirectory\nfile\n", "\(shared)")
                let home = try place(tree.homeTarget, tree)
                #expect(home.output == tree.homeTarget + "\nmine\n", "\(home)")
            }
        }

        @Test("another directory of the same path is not entered")
        func another() throws {
            try withTree { tree in
                // Beneath the target, where the home has a directory of the same name: not the one berth was started in.
                for path in [tree.homeTarget + "/x", tree.home + "/x"] {
                    try makeDirectory(path)
                    try give(path)
                }
                let beneath = try place(tree.homeTarget + "/x", tree)
                #expect(beneath.lines.first == tree.homeTarget, "\(beneath)")
                // Exchanged while berth runs, before the command starts.
                try makeDirectory(tree.root + "/here", mode: 0o777)
                try makeDirectory(tree.root + "/other", mode: 0o777)
                if Machine.isRoot { chmod(tree.root, 0o777) }
                var run = BerthRun(tree.options, ["pwd"])
                run.directory = tree.root + "/here"
                run.wrapper = ["sh", "-c", "mv ../here ../moved; mv ../other ../here; exec \"$@\"", "sh"]
                // The shell moved it: the kernel knows it by its new name.
                let moved = try run.run()
                #expect(moved.output == tree.root + "/moved\n", "\(moved)")
            }
        }

        @Test("a directory that the account may not enter is not entered, and a covered one not either")
        func closed() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.root + "/closed", mode: 0o700)
                let outcome = try place(tree.root + "/closed", tree, [], .rootNamingAccount)
                #expect(outcome.lines.first == tree.homeTarget, "\(outcome)")
                // Entered as root, left by whoever starts berth.
                let berth = [Machine.program("berth"), "run"] + tree.options + ["--", "pwd"]
                var left = Command(asAccount(.first) + berth)
                left.directory = tree.root + "/closed"
                let started = try left.run()
                #expect(started.output == tree.homeTarget + "\n", "\(started)")
                try makeDirectory(tree.root + "/bound")
                var run = BerthRun(tree.options, ["pwd"], .rootNamingAccount)
                let script = "mount --bind \(tree.home) \(tree.root)/bound; cd \(tree.root)/bound; exec \"$@\""
                run.wrapper = ["unshare", "--mount", "sh", "-c", script, "sh"]
                let bound = try run.run()
                #expect(bound.output == tree.homeTarget + "\n", "\(bound)")
            }
        }

        @Test("--workdir enters what is there inside", arguments: Starter.allCases)
        func asked(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let path = tree.sharedTarget + "/directory"
                let outcome = try place("/", tree, ["--workdir", path], starter)
                #expect(outcome.output == path + "\ninner\n", "\(outcome)")
                let missing = try place("/", tree, ["--workdir", "/no such"], starter)
                #expect(missing.status == 125)
                #expect(missing.errors.hasPrefix("berth: workdir '/no such': No such file or directory\nhint: "))
            }
        }

        @Test(
            "no link of /proc leads out by --workdir",
            arguments: ["self/fd/7", "self/fd/3", "1/cwd", "1/root", "self/cwd/../..", "$OUTER/cwd", "$OUTER/root"])
        func links(_ link: String) throws {
            for more in [[], ["--pid-namespace", "off"]] {
                try withTree { tree in
                    let script = "exec 7<\(tree.shared); exec \"$@\""
                    let path = "/proc/" + link.replacing("$OUTER", with: "\(getpid())")
                    var run = BerthRun(
                        tree.options + more + ["--workdir", path],
                        // Wherever it is, the outside must not be there.
                        ["sh", "-c", "ls \(tree.shared) ../shared ../../outside; touch \(tree.shared)/landed; pwd"])
                    run.wrapper = ["sh", "-c", script, "sh"]
                    run.directory = tree.shared
                    let outcome = try run.run()
                    #expect(outcome.status == 125 || !outcome.output.contains("file"), "\(outcome)")
                    #expect(!exists(tree.shared + "/landed"))
                }
            }
        }
    }
}
