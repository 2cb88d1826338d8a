import Linux
import Plan
import Stages
import Testing

@Suite("Options as mount(8) passes them to a helper") struct TableOptions {
    private func read(_ text: String, type: String? = nil, sloppy: Bool = false) throws -> MountOptions {
        try MountOptions(ofTable: [text], type: type, sloppy: sloppy)
    }

    @Test("the words of fstab are dropped, and only there")
    func words() throws {
        let words =
            "defaults,auto,noauto,user,user=alice,nouser,users,owner,group,nofail,_netdev,comment=a,x-a,x-systemd.automount,"
            + "X-mount.mkdir=0755,relatime"
        let options = try read(words + ",ro")
        #expect(options.attributes == [.noSetUserID, .noDevices, .readOnly])
        for word in words.split(separator: ",").dropFirst() {
            #expect(throws: Refusal.self) { try MountOptions(parsing: [String(word)]) }
        }
    }

    @Test("the later of noatime and atime, of sync and async, counts")
    func timesAndWrites() throws {
        #expect(try read("atime,noatime").attributes == [.noSetUserID, .noDevices, .noAccessTimes])
        #expect(try read("noatime,atime").attributes == [.noSetUserID, .noDevices])
        #expect(try read("async,sync").synchronous && !read("sync,async").synchronous)
    }

    @Test("defaults bring neither suid nor dev")
    func defaults() throws {
        let attributes = try read("rw,defaults").attributes
        #expect(attributes == [.noSetUserID, .noDevices])
    }

    @Test(
        "what is unknown is refused, and passed over with -s",
        arguments: [
            "nonsense", "nonsense=1", "dirsync", "strictatime", "ro=1", "uid=0", "context=a", "users-only", "helper=x",
        ])
    func unknown(_ option: String) throws {
        #expect(throws: Refusal.self) { try read(option) }
        let attributes = try read(option + ",noexec", sloppy: true).attributes
        #expect(attributes == [.noSetUserID, .noDevices, .noExecution])
    }

    @Test(
        "a wrong value is refused with -s as well",
        arguments: [
            "cache=sometimes", "cache", "map=0:0", "max_threads=0", "fsname=", "remount", "rw,remount,user_id=0",
        ])
    func wrong(_ option: String) { #expect(throws: Refusal.self) { try read(option, sloppy: true) } }

    @Test("remount is refused in words, whatever stands before it")
    func remount() {
        let refusal = #expect(throws: Refusal.self) { try read("rw,user_id=0,remount") }
        #expect(refusal?.message.hasPrefix("-o remount: ") == true && refusal?.hint != nil)
    }

    @Test("what follows from an option follows here too")
    func consequences() throws {
        let options = try read("allow_other")
        #expect(options.allowOther && options.defaultPermissions)
    }

    @Test(
        "the type names the subtype, which an option overrides",
        arguments: [
            ("berth", "", "berth"), ("fuse", "", "berth"), ("fuse.berth", "", "berth"), ("fuse.data", "", "data"),
            ("berth.data", "", "data"), ("fuse.data", "subtype=other", "other"), ("fuse.data", "defaults", "data"),
        ])
    func type(_ type: String, _ option: String, _ subtype: String) throws {
        let shown = try MountOptions(ofTable: option.isEmpty ? [] : [option], type: type, sloppy: false).subtype
        #expect(shown == subtype)
    }

    @Test("a type of others is refused", arguments: ["ext4", "fuse.", "fuse.a\u{7}", "fuseblk.x", ""])
    func foreign(_ type: String) { #expect(throws: Refusal.self) { try read("ro", type: type) } }
}
