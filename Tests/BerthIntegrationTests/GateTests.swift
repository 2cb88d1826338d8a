import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Gates: what a machine may refuse, and the hint that names it") struct Gates {
        private func refuse(_ run: BerthRun, _ tree: Tree, call: String, hint: [String]) throws {
            var run = run
            run.command = ["touch", tree.home + "/started"]
            let outcome = try run.run()
            #expect(outcome.status == 125, "\(outcome)")
            #expect(outcome.errors.hasPrefix("berth: ") && outcome.errors.contains(call), "\(outcome)")
            let line = outcome.errors.split(separator: "\n").first { $0.hasPrefix("hint: ") } ?? ""
            for word in hint { #expect(line.contains(word), "\(outcome)") }
            #expect(!exists(tree.home + "/started"))
        }

        @Test("the sysctl user.max_user_namespaces is 0")
        func sysctl() throws {
            try withTree { tree in
                var run = BerthRun(tree.homeOption, ["true"], .namespaceRoot)
                run.wrapper = ["sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"", "sh"]
                try refuse(run, tree, call: "unshare", hint: ["max_user_namespaces"])
            }
        }

        @Test("a seccomp filter refuses unshare", arguments: [Starter.ordinaryAccount, .rootNamingAccount])
        func seccomp(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                var run = BerthRun(tree.homeOption, ["true"], starter)
                run.wrapper = [Machine.program("session-probe"), "refuse-namespaces"]
                try refuse(run, tree, call: "unshare", hint: ["seccomp"])
            }
        }

        @Test("namespaces are nested too deep")
        func nesting() throws {
            try withTree { tree in
                let id = "1000"
                let one = ["unshare", "--user", "--map-user=\(id)", "--map-group=\(id)", "--"]
                var wrapper: [String] = []
                for _ in 0..<40 {
                    if try Command(asAccount(.first) + wrapper + one + ["true"]).run().status != 0 { break }
                    wrapper += one
                }
                var run = BerthRun(tree.homeOption, ["true"])
                run.wrapper = wrapper
                try refuse(run, tree, call: "unshare", hint: ["nested"])
            }
        }

        /// Runs berth with a /dev that holds only what a container's would, without its own.
        private func withDevices(_ fuse: String, _ run: BerthRun) -> BerthRun {
            let script = """
                mount -t tmpfs -o mode=755 tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 &&
                mknod -m 666 /dev/urandom c 1 9 && { \(fuse); } && exec "$@"
                """
            var run = run
            run.starter = .rootNamingAccount
            run.wrapper = ["unshare", "-m", "sh", "-c", script, "sh"]
            return run
        }

        @Test("/dev/fuse is missing")
        func noDevice() throws {
            try needRoot()
            try withTree { tree in
                let run = withDevices("true", BerthRun(tree.homeOption, ["true"]))
                try refuse(run, tree, call: "/dev/fuse", hint: ["fuse"])
            }
        }

        @Test("/proc is not mounted")
        func noProc() throws {
            try needRoot()
            try withTree { tree in
                var run = BerthRun(tree.homeOption, ["true"], .rootNamingAccount)
                run.wrapper = ["unshare", "-m", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"]
                try refuse(run, tree, call: "/proc/self/cmdline", hint: ["mount -t proc"])
            }
        }

        @Test("/dev/fuse may not be opened")
        func closedDevice() throws {
            try needRoot()
            try withTree { tree in
                let run = withDevices("mknod -m 600 /dev/fuse c 10 229", BerthRun(tree.homeOption, ["true"]))
                try refuse(run, tree, call: "/dev/fuse", hint: ["/dev/fuse"])
            }
        }

        @Test("ownership is not touched where a gate is shut")
        func untouched() throws {
            try needRoot()
            try withTree { tree in
                try give(tree.home, to: 0, 0)
                let run = withDevices("true", BerthRun(tree.homeOption, ["true"]))
                let before = try snapshot(tree.home)
                try expect(status: 125, run.run())
                #expect(try snapshot(tree.home) == before)
            }
        }
    }
}
