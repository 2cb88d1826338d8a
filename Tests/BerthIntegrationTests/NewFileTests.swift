import Foundation
import Glibc
import Linux
import Testing

extension BerthIntegration {
    @Suite("New files: what the kernel asks of them before the first write") struct NewFiles {
        /// The capability chown, permitted and effective: struct vfs_cap_data of linux/capability.h.
        private static let capability: [UInt8] = [1, 0, 0, 2, 1] + [UInt8](repeating: 0, count: 15)

        private func mounted(
            _ prefix: [String] = [], _ body: (_ source: String, _ target: String) throws -> Void
        ) throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/source", tree.root + "/target")
                for path in [source, target] { try makeDirectory(path) }
                let mount = [Machine.program("berth"), "mount", "-f", "-o", "allow_other,default_permissions"]
                let running = try Command(prefix + mount + [source, target]).start()
                try waitUntil("it is mounted", by: running) {
                    contents(of: "/proc/self/mountinfo").contains(" \(target) ")
                }
                try body(source, target)
                #expect(umount2(target, 0) == 0)
                _ = try running.wait()
            }
        }

        private func hasCapability(_ path: String) -> Bool {
            do throws(Errno) {
                return try FollowedPath.attribute(path, "security.capability", into: .init(start: nil, count: 0)) == 20
            } catch { return false }
        }

        private func give(_ path: String) throws {
            try Self.capability.withUnsafeBytes {
                try FollowedPath.setAttribute(path, "security.capability", $0, flags: 0)
            }
        }

        @Test("the source is not asked for the capabilities of a file that was just made")
        func notAsked() throws {
            try withTree { tree in
                let calls = tree.root + "/calls"
                try mounted(["strace", "-f", "-qq", "-e", "trace=getxattr,mkdirat", "-o", calls]) { _, target in
                    for number in 0..<10 {
                        let file = open(
                            "\(target)/\(number)", O_CREAT | O_WRONLY | (number % 2 == 0 ? O_TRUNC : O_EXCL), 0o644)
                        #expect(write(file, "text", 4) == 4 && close(file) == 0)
                    }
                    try makeDirectory(target + "/seen")
                }
                let told = contents(of: calls)
                #expect(told.contains("mkdirat") && !told.contains("security.capability"))
            }
        }

        @Test("capabilities that a new file is given are told, and go with the next write", arguments: [false, true])
        func told(beside: Bool) throws {
            try mounted { source, target in
                let file = open(target + "/new", O_CREAT | O_WRONLY, 0o755)
                defer { close(file) }
                try give((beside ? source : target) + "/new")
                if !beside { #expect(hasCapability(target + "/new")) }
                #expect(write(file, "text", 4) == 4)
                #expect(!hasCapability(source + "/new") && !hasCapability(target + "/new"))
                try give((beside ? source : target) + "/new")
                #expect(hasCapability(target + "/new"))
            }
        }

        @Test("a file that was there already is asked for its own, and truncated where that is wanted")
        func existing() throws {
            try mounted { source, target in
                // The kernel has just seen that there is none, and keeps that for a second.
                #expect(!exists(target + "/there"))
                try make(source + "/there", "long text")
                try give(source + "/there")
                let file = open(target + "/there", O_CREAT | O_WRONLY, 0o755)
                defer { close(file) }
                #expect(hasCapability(target + "/there"))
                #expect(write(file, "x", 1) == 1)
                #expect(!hasCapability(source + "/there") && contents(of: source + "/there") == "xong text")
                #expect(!exists(target + "/other"))
                try make(source + "/other", "long text")
                close(open(target + "/other", O_CREAT | O_TRUNC | O_WRONLY, 0o755))
                #expect(contents(of: source + "/other") == "")
            }
        }
    }
}
