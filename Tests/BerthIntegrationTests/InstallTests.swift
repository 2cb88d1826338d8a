import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("packaging/install") struct Installation {
        private static let sources = URL(fileURLWithPath: #filePath + "/../../..").standardizedFileURL.path
        private static let install = sources + "/packaging/install"

        private func install(in tree: Tree, _ options: String..., account: Bool = false) throws -> Outcome {
            var words =
                [Self.install, "--destdir", tree.root + "/image", "--program", Machine.program("berth")] + options
            if account { words = asAccount(.first) + words }
            return try Command(words).run()
        }

        /// Every entry that is no directory, relative to the image.
        private func files(_ tree: Tree) throws -> Set<String> {
            Set(try Command("find", tree.root + "/image", "!", "-type", "d", "-printf", "%P\n").mustRun().lines)
        }

        @Test("everything is in its place, nothing is setuid, and a second time changes nothing")
        func places() throws {
            try needTools("strip", "gzip")
            try withTree { tree in
                let first = try install(in: tree, "--prefix", "/usr")
                expect(status: 0, first)
                let found = try files(tree)
                let pages = try Command("ls", Self.sources + "/man").mustRun().lines
                let expected =
                    pages.map { "usr/share/man/man\($0.last!)/\($0).gz" } + [
                        "usr/bin/berth", "usr/share/bash-completion/completions/berth",
                        "usr/share/zsh/site-functions/_berth", "usr/share/fish/vendor_completions.d/berth.fish",
                        "usr/share/doc/berth/README.md", "usr/share/doc/berth/examples/notebook.toml",
                    ]
                for path in expected { #expect(found.contains(path), "\(path) is not among \(found.sorted())") }
                let image = tree.root + "/image"
                let odd = try Command("find", image, "-perm", "/6022", "!", "-type", "l").mustRun().output
                #expect(odd == "")
                let state = ["find", image, "!", "-type", "d", "-printf", "%P %m %s %l\n"]
                let before = try Command(state).mustRun().lines.sorted()
                expect(status: 0, try install(in: tree, "--prefix", "/usr"))
                let after = try Command(state).mustRun().lines.sorted()
                #expect(before == after)
            }
        }

        @Test("mount(8)'s names lie in its own directory, lead to the program, and make it a helper")
        func links() throws {
            try withTree { tree in
                for prefix in ["/usr", "/usr/local", "/opt/berth"] {
                    expect(status: 0, try install(in: tree, "--prefix", prefix))
                    for name in ["mount.berth", "mount.fuse.berth"] {
                        let link = tree.root + "/image" + Self.mountHelpers + "/" + name
                        let end = try Command("realpath", link).mustRun().lines
                        #expect(end == [tree.root + "/image" + prefix + "/bin/berth"])
                        let help = try Command(link, "--help").run().output
                        #expect(help.contains("mount.berth SOURCE TARGET"))
                    }
                }
            }
        }

        /// Where this machine's mount(8) looks, without links.
        private static let mountHelpers = URL(fileURLWithPath: "/sbin").resolvingSymlinksInPath().path

        @Test("a tree with a /sbin of its own gets the names there")
        func separateSystemBinaries() throws {
            try withTree { tree in
                try Command("mkdir", "-p", tree.root + "/image/sbin").mustRun()
                expect(status: 0, try install(in: tree))
                let end = try Command("realpath", tree.root + "/image/sbin/mount.berth").mustRun().lines
                #expect(end == [tree.root + "/image/usr/local/bin/berth"])
            }
        }

        @Test("the completions are such, and the manual pages are clean")
        func texts() throws {
            try needTools("mandoc")
            try withTree { tree in
                expect(status: 0, try install(in: tree))
                let share = tree.root + "/image/usr/local/share"
                let bash = share + "/bash-completion/completions/berth"
                expect(status: 0, try Command("bash", "-n", bash).run())
                let completed = try Command(
                    "bash", "-c",
                    ". \"$1\"; COMP_WORDS=(berth mo) COMP_CWORD=1; _berth berth mo berth; echo ${COMPREPLY[*]}",
                    "bash", bash
                ).run()
                #expect(completed.lines.last == "mount", "\(completed)")
                #expect(contents(of: share + "/zsh/site-functions/_berth").hasPrefix("#compdef berth\n"))
                #expect(contents(of: share + "/fish/vendor_completions.d/berth.fish").contains("complete -c 'berth'"))
                let pages = try Command("find", share + "/man", "-name", "*.gz").mustRun().lines
                #expect(pages.count >= 3)
                for page in pages {
                    expect(
                        status: 0, try Command("sh", "-c", "zcat \"$1\" | mandoc -T lint -W warning", "sh", page).run())
                }
            }
        }

        @Test("an ordinary account installs below a directory of its own, and uninstalls all of it")
        func ordinaryAccount() throws {
            try withTree { tree in
                try give(tree.root)
                expect(status: 0, try install(in: tree, account: true))
                let found = try files(tree)
                #expect(found.contains("usr/local/bin/berth"))
                try make(tree.root + "/image/usr/local/share/doc/other")
                expect(status: 0, try install(in: tree, "--uninstall", account: true))
                let left = try files(tree)
                #expect(left == ["usr/local/share/doc/other"])
            }
        }

        @Test("file capabilities are given when they are asked for, and not otherwise")
        func capabilities() throws {
            try needRoot()
            try needTools("getcap", "setcap")
            try withTree { tree in
                for (options, shown) in [([], ""), (["--capabilities"], "cap_chown,cap_dac_override=ep"), ([], "")] {
                    var words = [
                        Self.install, "--destdir", tree.root + "/image", "--program", Machine.program("berth"),
                    ]
                    words += options
                    expect(status: 0, try Command(words).run())
                    let capabilities = try Command("getcap", tree.root + "/image/usr/local/bin/berth").mustRun().output
                    #expect(shown.isEmpty ? capabilities.isEmpty : capabilities.contains(shown))
                }
            }
        }

        @Test("what it does not understand installs nothing", arguments: [["--destdir"], ["--prefix", "usr"], ["x"]])
        func refused(_ words: [String]) throws {
            try withTree { tree in
                let outcome = try Command([Self.install, "--destdir", tree.root + "/image"] + words).run()
                #expect(outcome.status == 2 && !outcome.errors.isEmpty && !exists(tree.root + "/image"), "\(outcome)")
            }
        }
    }
}
