import Foundation
import Glibc
import Linux
import Testing

/// Which links lead to a source or a target.
@Suite struct PathWalkTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "berth-path-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path + "/real/inner", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        symlink("real", path + "/relative")
        symlink(path + "/real", path + "/absolute")
        symlink("loop", path + "/loop")
        try body(path)
    }

    private func identity(_ path: String, trusting owners: Set<UInt32>) throws -> FileIdentity {
        let directory = try PathWalk(trustedOwners: owners).openDirectory(path)
        return try directory.status().identity
    }

    private func reason(_ path: String, trusting owners: Set<UInt32>) -> Errno? {
        do {
            _ = try identity(path, trusting: owners)
            return nil
        } catch { return (error as? SystemError)?.reason }
    }

    @Test func linksOfTrustedOwnersAreFollowed() throws {
        try withDirectory { path in
            let inner = try identity(path + "/real/inner", trusting: [])
            for way in ["/relative/inner", "/absolute/inner", "/relative/../absolute/./inner"] {
                #expect(try identity(path + way, trusting: [0, getuid()]) == inner)
            }
        }
    }

    @Test func linksOfOthersAreRefused() throws {
        try withDirectory { path in
            #expect(reason(path + "/relative/inner", trusting: [getuid() + 1]) == Errno(ELOOP))
            #expect(reason(path + "/absolute", trusting: []) == Errno(ELOOP))
        }
    }

    @Test func aLoopEnds() throws {
        try withDirectory { path in #expect(reason(path + "/loop", trusting: [0, getuid()]) == Errno(ELOOP)) }
    }

    @Test func whatIsMissingOrNoDirectoryIsToldApart() throws {
        try withDirectory { path in
            FileManager.default.createFile(atPath: path + "/file", contents: nil)
            #expect(reason(path + "/nowhere", trusting: []) == Errno(ENOENT))
            #expect(reason(path + "/file", trusting: []) == Errno(ENOTDIR))
            #expect(reason("", trusting: []) == Errno(ENOENT))
        }
    }
}

@Suite struct MountTableTests {
    @Test func aLineOfMountinfo() {
        let entry = MountEntry(line: "36 35 98:0 /a\\040b /mnt\\0342 rw,noatime master:1 - fuse.berth x rw")
        #expect(entry?.id == 36)
        #expect(entry?.device == "98:0")
        #expect(entry?.root == "/a b")
        #expect(entry?.mountPoint == "/mnt\u{1C}2")
        #expect(entry?.options == ["rw", "noatime"])
        #expect(entry?.type == "fuse.berth")
    }

    @Test(arguments: ["", "36 35", "x 35 98:0 / / rw - a b c", "1 2 3 4 5 6 7 8 9 10"])
    func whatIsNoSuchLine(line: String) { #expect(MountEntry(line: line[...]) == nil) }

    @Test func theRootIsMounted() throws { #expect(try mountTable().contains { $0.mountPoint == "/" }) }
}

@Suite struct ChannelTests {
    @Test func messagesKeepTheirBounds() throws {
        let ends = try Channel.pair()
        try ends.near.send([1, 2, 3])
        try ends.near.send([4])
        let first = try ends.far.receive(within: 1000)
        let second = try ends.far.receive(within: 1000)
        #expect(first == [1, 2, 3])
        #expect(second == [4])
    }

    @Test func aDeadlineEndsTheWait() throws {
        let ends = try Channel.pair()
        var reason: Errno?
        do throws(SystemError) { _ = try ends.far.receive(within: 10) } catch { reason = error.reason }
        #expect(reason == Errno(ETIMEDOUT))
    }

    @Test func theEndIsSeen() throws {
        let far = try Channel.pair().keepFar()
        let message = try far.receive(within: 1000)
        #expect(message == nil)
    }
}
