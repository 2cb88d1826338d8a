import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Mounts whose owners an administrator maps to others, mount_setattr(2)") struct MappedMounts {
        /// Shows `source` with berth, and at `mapped` the same with ids from 1000 on as those from 2000 on.
        private func withMapped(
            _ options: String, _ body: (_ source: String, _ mapped: String, _ error: Int32) throws -> Void
        ) throws {
            try needRoot()
            try need(Machine.isNewer(than: (6, 12)), "the kernel is older than 6.12")
            try withTree { tree in
                let place = tree.home + "/place"
                try makeDirectory(place)
                try give(place, to: 1000, 1000)
                chmod(tree.home, 0o755)
                try Command(Machine.program("berth"), "mount", "-o", options, tree.home, tree.homeTarget).mustRun()
                defer { umount2(tree.homeTarget, Int32(MNT_DETACH)) }
                let namespace = try userNamespace("1000 2000 10")
                defer { close(namespace) }
                let error = attach(tree.homeTarget, mappedBy: namespace, at: tree.sharedTarget)
                defer { umount2(tree.sharedTarget, Int32(MNT_DETACH)) }
                try body(place, tree.sharedTarget + "/place", error)
            }
        }

        /// A user namespace with this map for users and groups.
        private func userNamespace(_ map: String) throws -> Int32 {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/user")
            let holder = try Command("unshare", "--user", "sleep", "60").start()
            let entry = "/proc/\(holder.process)"
            try waitUntil("it has its namespace", by: holder) {
                try FileManager.default.destinationOfSymbolicLink(atPath: entry + "/ns/user") != own
            }
            for name in ["uid_map", "gid_map"] {
                let file = open("\(entry)/\(name)", O_WRONLY)
                defer { close(file) }
                if write(file, map, map.utf8.count) != map.utf8.count { throw CommandError("\(name): errno \(errno)") }
            }
            let namespace = open(entry + "/ns/user", O_RDONLY)
            holder.send(SIGKILL)
            return namespace
        }

        /// 0, or the error number of mount_setattr(2).
        private func attach(_ path: String, mappedBy namespace: Int32, at target: String) -> Int32 {
            let tree = open_tree(AT_FDCWD, path, UInt32(OPEN_TREE_CLONE | O_CLOEXEC))
            defer { close(tree) }
            var change = mount_attr()
            change.attr_set = UInt64(MOUNT_ATTR_IDMAP)
            change.userns_fd = UInt64(namespace)
            let size = MemoryLayout<mount_attr>.size
            if mount_setattr(tree, "", UInt32(AT_EMPTY_PATH), &change, size) == -1 { return errno }
            return move_mount(tree, "", AT_FDCWD, target, UInt32(MOVE_MOUNT_F_EMPTY_PATH)) == -1 ? errno : 0
        }

        private func owner(_ path: String) throws -> [UInt32] {
            let status = try status(path)
            return [status.st_uid, status.st_gid]
        }

        @Test(
            "whoever has the mapped id makes files of the real one, links them, and owns what is shown",
            arguments: ["allow_other", "allow_other,passthrough"])
        func made(_ options: String) throws {
            try withMapped(options) { source, mapped, error in
                #expect(error == 0)
                let shown = try owner(mapped)
                #expect(shown == [2000, 2000])
                let work = "cd \"$1\" && echo text > file && mkdir directory && ln -s file link && ln file hard"
                let change = " && mkfifo p && chmod 640 file && echo more >> hard && mv hard other && cat file"
                let account = ["setpriv", "--reuid", "2000", "--regid", "2000", "--clear-groups"]
                let outcome = try Command(account + ["sh", "-c", work + change, "sh", mapped]).run()
                expect(status: 0, outcome)
                #expect(outcome.output == "text\nmore\n")
                for name in ["file", "directory", "link", "other", "p"] {
                    let owners = (try owner("\(source)/\(name)"), try owner("\(mapped)/\(name)"))
                    #expect(owners == ([1000, 1000], [2000, 2000]))
                }
                #expect(chown(mapped + "/file", 2003, 2004) == 0)
                let changed = try owner(source + "/file")
                #expect(changed == [1003, 1004])
            }
        }

        @Test("whoever has no id in the map makes nothing")
        func unmapped() throws {
            try withMapped("allow_other") { source, mapped, error in
                #expect(error == 0)
                chmod(source, 0o777)
                let account = ["setpriv", "--reuid", "3000", "--regid", "3000", "--clear-groups"]
                let outcome = try Command(account + ["touch", mapped + "/file"]).run()
                #expect(outcome.status == 1)
                #expect(!exists(source + "/file"))
            }
        }

        @Test("where the server checks permissions itself, the kernel maps nothing")
        func withoutPermissions() throws {
            try withMapped("cache=auto") { _, _, error in #expect(error == EINVAL) }
        }
    }
}
