import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("The flags of chattr(1)") struct FileFlags {
        /// What a script of lsattr and chattr says of a directory, its path taken out.
        private func said(_ command: Command, of directory: String) throws -> String {
            let outcome = try command.run()
            return (outcome.output + outcome.errors).replacingOccurrences(of: directory, with: "…")
        }

        private static let script = """
            cd "$1" && mkdir d && echo text > f && ln -s f l && chattr +dA f && chattr +d d && lsattr "$1/f" && lsattr -d "$1/d"
            chattr -A f; lsattr "$1/f"; chattr +i f; chattr +a d; lsattr -p "$1/f"; lsattr -d "$1/l"
            chattr -R -d "$1"; lsattr -R "$1"; cp --reflink=always f g || echo no reflink; cp --reflink=auto f g && cat g
            """

        @Test("in a home they are read, set and refused as in the source itself")
        func home() throws {
            try needTools("lsattr", "chattr")
            try withTree { tree in
                let plain = tree.root + "/plain"
                try makeDirectory(plain)
                try give(plain)
                try makeDirectory(tree.home + "/flags")
                try give(tree.home + "/flags")
                let words = ["sh", "-c", Self.script, "sh"]
                let native = try said(Command(asAccount(.first) + words + [plain]), of: plain)
                try need(native.contains("dA"), "the file system of \(tree.root) keeps no flags")
                let target = tree.homeTarget + "/flags"
                let outcome = try BerthRun(tree.homeOption, words + [target]).run()
                let inside = (outcome.output + outcome.errors).replacingOccurrences(of: target, with: "…")
                #expect(inside == native)
                let seen = try said(Command("lsattr", "-R", tree.home + "/flags"), of: tree.home + "/flags")
                #expect(try seen == said(Command("lsattr", "-R", plain), of: plain))
            }
        }

        @Test("in a shared tree they are read, and none can be set")
        func shared() throws {
            try needTools("lsattr", "chattr")
            try withTree { tree in
                try Command("chattr", "+d", tree.shared + "/file", tree.shared + "/directory").mustRun()
                let script = """
                    cd \(tree.sharedTarget) && lsattr file && lsattr -d directory && chattr -d file directory || echo refused
                    """
                let outcome = try BerthRun(tree.options, script: script).run()
                #expect(outcome.lines.count == 3 && outcome.lines.last == "refused", "\(outcome)")
                #expect(outcome.lines.prefix(2).allSatisfy { $0.contains("d-") }, "\(outcome)")
                #expect(outcome.errors.contains("Read-only file system"), "\(outcome)")
                let still = try Command("lsattr", "-d", tree.shared + "/file", tree.shared + "/directory").mustRun()
                #expect(still.lines.allSatisfy { $0.contains("d-") })
            }
        }

        @Test("where everybody uses a mount of root's, only the owner sets them, and only root those that bind root")
        func everybody() throws {
            try needRoot()
            try withTree { tree in
                let target = tree.homeTarget
                defer { umount2(target, Int32(MNT_DETACH)) }
                try make(tree.home + "/roots", "root's")
                try Command(Machine.program("berth"), "mount", "-o", "allow_other", tree.home, target).mustRun()
                let account = asAccount(.first)
                let answers = try [
                    ("+A", "mine", 0), ("+i", "mine", 1), ("+A", "roots", 1), ("-A", "mine", 0),
                ].map { try Command(account + ["chattr", $0.0, target + "/" + $0.1]).run().status == $0.2 }
                #expect(answers == [true, true, true, true])
                try Command("chattr", "+i", target + "/roots").mustRun()
                #expect(unlink(target + "/roots") == -1 && errno == EPERM)
                try Command("chattr", "-i", tree.home + "/roots").mustRun()
            }
        }
    }
}
