import Linux
import Testing

@testable import Stages

/// Where else a shared source can be seen: all of it must become read-only.
@Suite struct AliasTests {
    private func entry(_ device: String, _ root: String, _ mountPoint: String) -> MountEntry {
        MountEntry(line: "36 25 \(device) \(root) \(mountPoint) rw,relatime shared:1 - ext4 /dev/sda rw")!
    }

    private func aliases(_ path: String, _ entries: MountEntry...) -> [String] {
        Stages.aliases(of: SourcePath(device: "8:1", path: path), in: entries).map(\.path)
    }

    @Test func theSourceItself() { #expect(aliases("/srv/data", entry("8:1", "/", "/")) == ["/srv/data"]) }

    @Test func anotherMountOfTheFileSystem() {
        #expect(aliases("/srv/data", entry("8:1", "/", "/mnt/all")) == ["/mnt/all/srv/data"])
    }

    @Test func aBindMountOfADirectoryAbove() {
        #expect(aliases("/srv/data", entry("8:1", "/srv", "/x")) == ["/x/data"])
    }

    @Test func aBindMountOfTheSourceOrAPartOfIt() {
        #expect(
            aliases("/srv/data", entry("8:1", "/srv/data", "/a"), entry("8:1", "/srv/data/part", "/b")) == ["/a", "/b"])
    }

    @Test func aNameThatOnlyBeginsAlikeIsNoAlias() {
        #expect(aliases("/srv/data", entry("8:1", "/srv/data2", "/a"), entry("8:1", "/srv/dat", "/b")) == [])
    }

    @Test func anotherFileSystemIsNoAlias() { #expect(aliases("/srv/data", entry("8:2", "/", "/")) == []) }
}
