import Linux
import Testing

@testable import Stages

/// What `berth inspect` reads of /proc, hostile names among it, and which processes it takes for a session.
@Suite struct InspectTests {
    private let line =
        "45 27 0:42 / /a\\040b\\011\\012\\134c ro,nosuid,nodev shared:3 master:1 - fuse.berth /s\\040rc ro,user_id=0"

    @Test func aMountWithOddNames() throws {
        let mount = try #require(InspectedMount(line: line[...]))
        #expect(mount.entry.mountPoint == "/a b\t\n\\c" && mount.source == "/s rc")
        #expect(mount.propagation == ["shared:3", "master:1"] && mount.superOptions == ["ro", "user_id=0"])
        #expect(mount.isReadOnly && mount.isShared)
    }

    @Test func aMountPointThatLooksLikeTheEndOfTheFields() throws {
        // The kernel escapes blanks, so a name with " - " in it cannot move the fields.
        let odd = "45 27 0:42 / /x\\040-\\040fuse.berth\\040y rw - tmpfs - rw"
        let mount = try #require(InspectedMount(line: odd[...]))
        #expect(mount.entry.type == "tmpfs" && mount.source == "-" && mount.entry.mountPoint == "/x - fuse.berth y")
    }

    @Test(arguments: [
        "", " ", "45", "45 27 0:42 / /a rw", "45 27 0:42 / /a rw -", "45 27 0:42 / /a rw - tmpfs",
        "x 27 0:42 / /a rw - t s o",
        "45 27 0:42 / /a rw - tmpfs s o more",
    ])
    func anythingElseIsNoMount(text: String) {
        #expect(InspectedMount(line: text[...]) == nil)
        // A table with such a line is none: no mount may be passed over.
        #expect(InspectedMount.table(line + "\n" + text + "\n") == nil || text.isEmpty)
    }

    @Test func limits() throws {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units     
            Max cpu time              unlimited            unlimited            seconds   
            Max core file size        0                    0                    bytes     
            Max realtime timeout      unlimited            18446744073709551615 us        

            """
        let table = try #require(LimitLine.table(text))
        #expect(table.map(\.name) == ["Max cpu time", "Max core file size", "Max realtime timeout"])
        #expect(table[1].soft == "0" && table[2].hard == "18446744073709551615")
        for text in ["", "\n", "Limit\n", "Limit\nMax\n", "Limit\n" + String(repeating: " ", count: 40) + "\n"] {
            #expect(LimitLine.table(text) == nil)
        }
    }

    @Test func theDeviceIsKnownByItsNumber() {
        func descriptor(_ target: String, _ kind: FileKind, _ major: UInt32, _ minor: UInt32) -> Bool {
            let file = KnownFile(kind: kind, identity: nil, major: major, minor: minor, mountID: 1)
            return DescriptorFacts(number: 3, target: target, file: file).isFuseDevice
        }
        #expect(descriptor("/home/x", .characterDevice, 10, 229))
        #expect(!descriptor("/dev/fuse", .regular, 0, 0))
        #expect(!descriptor("/dev/fuse", .blockDevice, 10, 229))
        #expect(!descriptor("/dev/null", .characterDevice, 1, 3))
    }

    private func outline(
        _ process: Int32, under parent: Int32, user: String? = "u1", mount: String? = "m1", map: String = "0 1001 1",
        numbers: [UInt32] = [1], berth: Bool = false
    ) -> ProcessOutline {
        ProcessOutline(
            process: process, parent: parent, userNamespace: user, mountNamespace: mount, numbers: numbers,
            userMap: map,
            runsBerth: berth)
    }

    private func find(_ process: Int32, _ outlines: [ProcessOutline]) -> SessionMembers? {
        let own = outline(2, under: 1, user: "u0", mount: "m0", map: "0 0 4294967295")
        let all = Dictionary(uniqueKeysWithValues: (outlines + [own]).map { ($0.process, $0) })
        return SessionMembers.find(process, among: all, own: own)
    }

    private var session: [ProcessOutline] {
        [
            outline(1, under: 0, user: "u0", mount: "m0", map: "0 0 4294967295"),
            outline(9, under: 1, user: "u0", mount: "m0", map: "0 0 4294967295"),
            outline(10, under: 9, berth: true), outline(11, under: 10, mount: "m2", berth: true),
            outline(12, under: 10, numbers: [12, 1], berth: true), outline(13, under: 10, numbers: [13, 2]),
            outline(14, under: 13, numbers: [14, 3]), outline(15, under: 10, user: "u0", mount: "m0", berth: true),
        ]
    }

    @Test(arguments: [10, 11, 12, 13, 14] as [Int32]) func everyProcessNamesTheSession(process: Int32) throws {
        let members = try #require(find(process, session))
        #expect(members.isOfBerth && members.top == 10)
        #expect(
            members.roles == [
                10: .supervisor, 11: .fileServer, 12: .initial, 13: .session, 14: .session, 15: .ownerWorker,
            ])
    }

    @Test func aProcessInANamespaceOfTheSessionsMakingNamesItToo() throws {
        let nested = [
            outline(18, under: 14, user: "u5", mount: "m5", map: "0 0 1", numbers: [18, 4]),
            outline(19, under: 18, user: "u6", mount: "m6", map: "5 0 1", numbers: [19, 5], berth: true),
            outline(20, under: 19, user: "u6", mount: "m6", map: "5 0 1", numbers: [20, 6]),
        ]
        for process in [18, 19, 20] as [Int32] {
            let members = try #require(find(process, session + nested))
            #expect(members.isOfBerth && members.top == 10)
            #expect(members.roles[process] == .session)
        }
    }

    @Test func theFirstProcessOfAllCanBeTheSupervisor() throws {
        let members = try #require(find(3, [outline(1, under: 0, berth: true), outline(3, under: 1)]))
        #expect(members.isOfBerth && members.top == 1)
    }

    @Test func hiddenNamespacesAreToldByTheMap() throws {
        let hidden = session.map { one in
            var one = one
            if one.runsBerth { (one.userNamespace, one.mountNamespace) = (nil, nil) }
            if one.process == 15 { one.userMap = "0 0 4294967295" }
            return one
        }
        let members = try #require(find(14, hidden))
        #expect(members.isOfBerth && members.roles[11] == .fileServer && members.roles[12] == .initial)
    }

    @Test func aSessionsProcessThatCallsItselfBerthIsNoServer() throws {
        let members = try #require(find(13, session + [outline(16, under: 13, mount: "m1", berth: true)]))
        #expect(members.roles[16] == .session)
        let direct = try #require(find(13, session + [outline(17, under: 10, berth: true)]))
        #expect(direct.roles[17] == .session)
    }

    @Test func whoeverIsInItsNamespacesIsAStranger() throws {
        let strangers = [
            outline(20, under: 9), outline(21, under: 9, user: "u0", mount: "m1", map: "0 0 4294967295"),
            outline(22, under: 9, user: "u3", mount: "m3", map: "0 5 1"),
        ]
        let members = try #require(find(13, session + strangers))
        #expect(members.roles[20] == .stranger && members.roles[21] == .stranger && members.roles[22] == nil)
    }

    @Test func beforeThereIsASessionNothingIsPromised() throws {
        let members = try #require(find(10, session.filter { ![13, 14].contains($0.process) }))
        #expect(members.roles == [10: .starting, 11: .fileServer, 12: .starting, 15: .ownerWorker])
    }

    @Test func withoutASupervisorItIsAForeignTree() throws {
        let orphans = [outline(1, under: 0, user: "u0", mount: "m0"), outline(13, under: 1), outline(14, under: 13)]
        let members = try #require(find(13, orphans))
        #expect(!members.isOfBerth && members.roles == [13: .foreign, 14: .foreign])
        #expect(find(99, orphans) == nil)
    }

    @Test func aRingOfParentsEnds() throws {
        let ring = [outline(30, under: 31), outline(31, under: 32), outline(32, under: 30, berth: true)]
        #expect(find(30, ring) != nil)
        #expect(find(30, [outline(30, under: 30)]) != nil)
    }
}
