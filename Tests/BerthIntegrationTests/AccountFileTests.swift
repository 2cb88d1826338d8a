import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("passwd and group know the ids of the session") struct AccountFiles {
        private let ids = ["--uid", "54321", "--gid", "54322"]

        @Test("an id that the image does not know has a name, a home and a shell", arguments: Starter.allCases)
        func entries(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let before = contents(of: "/etc/passwd")
                let script =
                    "id -un; id -gn; getent passwd 54321; getent group 54322; echo $USER; tail -n 1 /etc/passwd"
                let run = BerthRun(tree.options + ids, script: script, starter)
                let outcome = try run.run()
                // In a namespace of its own the account is uid 0, which passwd(5) calls root.
                let isNamespaceRoot = [.namespaceRoot, .namespaceRootWithRange].contains(starter)
                let shell = String(cString: getpwuid(isNamespaceRoot ? 0 : TestAccount.first.user)!.pointee.pw_shell)
                let line = "user54321:x:54321:54322::\(tree.homeTarget):\(shell.isEmpty ? "/bin/sh" : shell)"
                #expect(
                    outcome.lines == ["user54321", "group54322", line, "group54322:x:54322:", "user54321", line],
                    "\(outcome)")
                #expect(contents(of: "/etc/passwd") == before)
            }
        }

        @Test("an id that the image knows sees the image's own files")
        func known() throws {
            let outcome = try BerthRun([], script: "grep -c ' /etc/' /proc/self/mountinfo; id -un").run()
            #expect(outcome.lines == ["0", "root"], "\(outcome)")
        }

        @Test(
            "the copies cannot be written, uncovered or seen from outside",
            arguments: [
                Starter.ordinaryAccount, .rootNamingAccount,
            ])
        func readOnly(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = """
                    for file in /etc/passwd /etc/group; do
                        (echo x >> $file) 2>/dev/null && echo wrote
                        umount $file 2>/dev/null && echo unmounted
                        mount -o remount,bind,rw $file 2>/dev/null && echo remounted
                        rm -f $file 2>/dev/null && echo removed
                        chmod 666 $file 2>/dev/null && echo changed
                    done
                    ls -l /etc/passwd | cut -c 1-10
                    """
                let (run, report) = try BerthRun(ids, script: script, starter).reporting(in: tree)
                #expect(try run.run().output == "-r--r--r--\n")
                let mounted = try report.stage("mounted")
                #expect(mounted?["account_files"] as? [String] == ["/etc/passwd", "/etc/group"])
                let proof = try report.stage("dropped")?["proof"] as? [[String: String]] ?? []
                #expect(proof.filter { $0["path"] == "/etc/passwd" }.count == 3)
                #expect(!contents(of: "/proc/self/mountinfo").contains(" /etc/passwd "))
            }
        }

        @Test("a home with a colon in its path makes no entry of its own")
        func colon() throws {
            try withTree { tree in
                let target = tree.root + "/inside/a:0:0:x"
                try makeDirectory(target)
                let home = "\(tree.home):\(target.replacingOccurrences(of: ":", with: "\\:"))"
                let run = BerthRun(["--home", home] + ids, script: "getent passwd 54321 | cut -d : -f 6; echo $HOME")
                #expect(try run.run().output == "/\n\(target)\n")
            }
        }

        @Test("no passwd, no entry, and a warning")
        func without() throws {
            try needRoot()
            try withTree { tree in
                // A mount namespace in which /etc has neither file.
                let script = "mount -t tmpfs none /etc && mount --make-rprivate / && exec \"$@\""
                var run = BerthRun(ids, ["true"], .rootNumberingAccount)
                run.wrapper = ["unshare", "--mount", "sh", "-c", script, "sh"]
                let outcome = try run.run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(
                    outcome.errors.contains("warning: '/etc/passwd' cannot be read or is no regular file"), "\(outcome)"
                )
            }
        }
    }
}
