import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Whom a server that everybody may use acts as") struct ActingForOthers {
        /// Two accounts make files in a directory of root's, and look at what they have made.
        private static let script = """
            import os, sys
            here, account = sys.argv[1], int(sys.argv[2])
            os.setgroups([]); os.setgid(account); os.setuid(account)
            os.mkdir(f'{here}/{account}', 0o700); os.symlink('x', f'{here}/link-{account}'); os.mknod(f'{here}/node-{account}')
            with open(f'{here}/{account}/file', 'w') as file: file.write('text')
            try: os.mkdir(f'{here}/{account}/file')
            except FileExistsError: pass
            os.listdir(here)
            """

        /// The user and the group that each thread reaches for files with, proc_pid_status(5).
        private func identities(of process: pid_t) throws -> Set<String> {
            let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
            return Set(
                tasks.flatMap { task in
                    contents(of: "/proc/\(process)/task/\(task)/status").split(separator: "\n")
                        .filter { $0.hasPrefix("Uid:") || $0.hasPrefix("Gid:") }
                        .map { "\($0.prefix(3)) \($0.split(separator: "\t").last ?? "")" }
                })
        }

        @Test(
            "what is made belongs to whoever made it, and the next request is not done as its maker", arguments: [1, 4])
        func neverAsAnother(threads: Int) throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/source", tree.root + "/target")
                for path in [source, target] { try makeDirectory(path) }
                chmod(source, 0o777)
                let options = "allow_other,default_permissions,max_threads=\(threads)"
                let mount = [Machine.program("berth"), "mount", "-f", "-o", options, source, target]
                let running = try Command(mount).start()
                try waitUntil("it is mounted", by: running) {
                    contents(of: "/proc/self/mountinfo").contains(" \(target) ")
                }
                _ = try status(target + "/.")
                let children = contents(of: "/proc/\(running.process)/task/\(running.process)/children")
                let server = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
                for account in ["61001", "61002"] {
                    try Command("python3", "-c", Self.script, target, account).mustRun()
                    let acting = try identities(of: server)
                    #expect(acting == ["Uid 0", "Gid 0"])
                    for name in [account, "\(account)/file", "link-\(account)", "node-\(account)"] {
                        let made = try status("\(source)/\(name)")
                        #expect(made.st_uid == UInt32(account) && made.st_gid == UInt32(account), "\(name)")
                    }
                }
                running.send(SIGTERM)
                expect(status: 0, try running.wait())
            }
        }
    }
}
