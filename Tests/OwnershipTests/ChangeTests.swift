import Foundation
import Glibc
import Linux
import Testing

@testable import Ownership

/// Walks that change owners, on real trees.
@Suite(.enabled(if: geteuid() == 0, "changing owners takes root")) struct ChangeTests {
    private let account = OwnershipGoal(user: 54321, group: 54322, acceptedGroups: [])

    @discardableResult private func change(
        _ root: FileReference, _ rule: OwnerRule? = nil, _ adjust: (inout WalkOptions) -> Void = { _ in }
    ) throws -> WalkReport {
        var options = WalkOptions()
        adjust(&options)
        return try walk(trees: [root], rule: rule ?? .give(account, from: nil), options: options)
    }

    private func owner(_ path: String) throws -> Owner { try EntryStatus.of(path, in: .workingDirectory).owner }

    /// Links that are older than the walk's coarse clock.
    private func settleClock() { usleep(60_000) }

    @Test func everyKindOfEntryIsChangedAndNoLinkFollowed() throws {
        try withTree { path, root in
            mkdir(path + "/tree", 0o755)
            mkdir(path + "/tree/inner", 0o700)
            make(path + "/canary")
            make(path + "/tree/inner/file")
            symlink(path + "/canary", path + "/tree/link")
            symlink(path, path + "/tree/up")
            mkfifo(path + "/tree/fifo", 0o600)
            mknod(path + "/tree/null", S_IFCHR | 0o666, deviceNumber(major: 1, minor: 3))
            let tree = try root.open("tree", [.directory])
            let report = try change(tree.file)
            #expect(report.changed == 7 && report.entries == 7 && report.refused == 0, "\(report)")
            for name in ["", "/inner", "/inner/file", "/link", "/up", "/fifo", "/null"] {
                #expect(try owner(path + "/tree" + name) == Owner(user: 54321, group: 54322), "\(name)")
            }
            #expect(try owner(path + "/canary").user == 0)
            #expect(try owner(path).user == 0)
            #expect(try change(tree.file).right == 7)
        }
    }

    @Test func onlyFilesOfOneOwnerAreChanged() throws {
        try withTree { path, root in
            make(path + "/theirs")
            make(path + "/other")
            chown(path + "/theirs", 777, 778)
            let report = try change(root, .give(account, from: OwnerPattern(user: 777)))
            #expect(report.changed == 1 && report.unselected == 2)
            #expect(try owner(path + "/other").user == 0)
            #expect(try owner(path + "/theirs").user == 54321)
        }
    }

    @Test func idsAreTranslated() throws {
        try withTree { path, root in
            make(path + "/a")
            chown(path + "/a", 100_005, 200_000)
            make(path + "/b")
            chown(path + "/b", 5, 200_001)
            let rule = OwnerRule.translate(
                try IDTranslation(
                    users: [IDRange(from: 100_000, to: 300_000, count: 10)!],
                    groups: [IDRange(from: 200_000, to: 400_000, count: 1)!]))
            #expect(try change(root, rule).changed == 1)
            #expect(try owner(path + "/a") == Owner(user: 300_005, group: 400_000))
            #expect(try owner(path + "/b") == Owner(user: 5, group: 200_001))
            #expect(try change(root, rule).right == 3)
        }
    }

    @Test func aFileWithAllItsLinksInsideIsChangedOnce() throws {
        try withTree { path, root in
            mkdir(path + "/inner", 0o755)
            make(path + "/one")
            link(path + "/one", path + "/inner/two")
            settleClock()
            let report = try change(root)
            #expect(report.changed == 4)
            #expect(try owner(path + "/inner/two").user == 54321)
        }
    }

    @Test func aLinkToAFileOutsideIsRefusedUnlessAsked() throws {
        try withTree { path, root in
            mkdir(path + "/tree", 0o755)
            make(path + "/canary")
            link(path + "/canary", path + "/tree/innocent")
            settleClock()
            let tree = try root.open("tree", [.directory])
            let report = try change(tree.file)
            #expect(report.refused(.hardLinks) == 1 && report.refused == 1 && report.left == 1, "\(report)")
            #expect(try owner(path + "/canary").user == 0)
            #expect(try owner(path + "/tree").user == 0)
            #expect(try change(tree.file) { $0.hardLinks = .change }.changed == 2)
            #expect(try owner(path + "/canary").user == 54321)
        }
    }

    @Test func whatTheKernelTookAwayIsReported() throws {
        try withTree { path, root in
            for name in ["suid", "capable", "plain"] { make("\(path)/\(name)") }
            chmod(path + "/suid", 0o4755)
            chmod(path + "/capable", 0o755)
            chmod(path + "/plain", 0o755)
            // VFS_CAP_REVISION_2 with CAP_NET_RAW.
            let capability: [UInt8] = [0, 0, 0, 2, 0, 32, 0, 0] + [UInt8](repeating: 0, count: 12)
            let value = UnsafeMutableRawBufferPointer.allocate(byteCount: capability.count, alignment: 1)
            defer { value.deallocate() }
            value.copyBytes(from: capability)
            try FollowedPath.setAttribute(
                path + "/capable", "security.capability", UnsafeRawBufferPointer(value), flags: 0)
            let report = try change(root)
            #expect(report.changed == 4 && report.setIDCleared == 1 && report.capabilitiesCleared == 1, "\(report)")
            #expect(report.setIDKept == 0 && report.capabilitiesKept == 0)
            #expect(report.noticed.count == 2)
        }
    }

    @Test func immutableFilesAreToldApart() throws {
        try withTree { path, root in
            make(path + "/fixed")
            make(path + "/free")
            try chattr("+i", path + "/fixed")
            defer { try? chattr("-i", path + "/fixed") }
            let report = try change(root)
            #expect(report.refused(.immutable) == 1 && report.changed == 1 && report.left == 1)
            #expect(report.listed.count == 1 && report.listed[0].contains("chattr -i"))
        }
    }

    private func chattr(_ flag: String, _ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/chattr")
        process.arguments = [flag, path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
