import Foundation
import Linux
import Plan
import Testing

@testable import berth

private let plan = RunPlan(
    identity: Identity(
        starter: .root,
        account: Account(
            name: "alice", user: UserID(1001), group: GroupID(1002), supplementaryGroups: [GroupID(27)],
            homeDirectory: "/home/alice"),
        insideUser: UserID(0), insideGroup: GroupID(5)),
    mounts: [
        MountPlan(kind: .home, source: "/n\u{1b}fs", target: "/home/alice"),
        MountPlan(kind: .shared, source: "/srv", target: "/data"),
    ],
    ownership: OwnershipPlan(mode: .onRootMismatch, power: .callersCapabilities), command: ["ls", "a\"b\\c\n"])

@Suite struct StatusLines {
    @Test func haveTheirMembersInOrder() {
        let lines = [
            Event.stage(.mapped, facts: [Fact("uid_map", .text("0 1001 1")), Fact("ok", .flag(true))]),
            .sessionStarted(process: 42), .sessionEnded(status: 0, signal: nil), .sessionEnded(status: 143, signal: 15),
            .warning("w"),
        ].map(\.record.json)
        #expect(
            lines == [
                #"{"version":1,"event":"stage","stage":"mapped","uid_map":"0 1001 1","ok":true}"#,
                #"{"version":1,"event":"session-started","pid":42}"#,
                #"{"version":1,"event":"session-ended","status":0}"#,
                #"{"version":1,"event":"session-ended","status":143,"signal":15}"#,
                #"{"version":1,"event":"warning","message":"w"}"#,
            ])
        #expect(
            errorRecord(Parting(complaint: "m", hint: "h", status: 125)).json
                == #"{"version":1,"event":"error","message":"m","hint":"h","status":125}"#)
    }

    @Test func tellThePlanInOneLineOfJSON() throws {
        let text = Event.planned(plan).record.json
        #expect(!text.utf8.contains(10))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["command"] as? [String] == ["ls", "a\"b\\c\n"])
        let mounts = try #require(object["mounts"] as? [[String: Any]])
        #expect(mounts.map { $0["source"] as? String } == ["/n\u{1b}fs", "/srv"])
        #expect(mounts.map { $0["options"] as? [String] } == [["rw", "nosuid", "nodev"], ["ro", "nosuid", "nodev"]])
        let outside = (object["identity"] as? [String: Any])?["outside"] as? [String: Any]
        #expect(outside?["uid"] as? Int == 1001)
        #expect(outside?["groups"] as? [Int] == [27])
        #expect((object["capabilities"] as? [[String: Any]])?.count == 6)
    }

    @Test func escapeEveryCharacterThatJSONForbids() throws {
        let hard = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init))) + "\u{2028}\u{1F600}"
        let text = FactValue.list([.text(hard), .number(-1), .list([]), .record([])]).json
        let back = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any]
        #expect(back?.first as? String == hard)
    }
}

/// Opens and closes again.
private func open(_ number: Int32) throws { let _: StatusStream = try StatusStream(descriptor: number) }

@Suite struct TheStatusDescriptor {
    @Test func hasToBeOpenForWriting() throws {
        let readOnly = try FileReference.workingDirectory.open("/dev/null", .readOnly)
        let pathOnly = try FileReference.workingDirectory.open("/dev/null", .pathOnly)
        for number in [readOnly.number, pathOnly.number, 987_654] {
            #expect(throws: Refusal.self) { try open(number) }
        }
        let writable = try FileReference.workingDirectory.open("/dev/null", .writeOnly)
        #expect(throws: Never.self) { try open(writable.number) }
    }
}

@Suite struct TheDryRun {
    @Test func showsThePlanWithoutSpeakingToTheTerminal() {
        let text = plan.text
        for part in [
            "uid 0 inside is uid 1001 outside; uid 1001 outside is uid 0 inside",
            "gid 5 inside is gid 1002 outside; gid 1002 outside is gid 5 inside", "stay in force: 27",
            "home '/n\\u{1b}fs' on '/home/alice', read-write (fuse: rw,nosuid,nodev)",
            "shared '/srv' on '/data', read-only (fuse: ro,nosuid,nodev)",
            "owner-worker from stage 'started': cap_chown cap_dac_override, nothing else",
            "session from stage 'dropped': none",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains("\u{1b}"))
    }
}

@Suite struct TheConfigurationFile {
    @Test(arguments: ["/dev/zero", "/", "/dev/null"])
    func isRegular(_ path: String) {
        #expect(throws: Refusal("configuration '\(path)' is not a regular file")) { try readConfiguration(path) }
    }

    @Test func isAsLongAsOneMebibyteAtMost() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let file = directory.appendingPathComponent("pod.toml")
        try Data(repeating: 35, count: 1 << 20).write(to: file)
        #expect(try readConfiguration(file.path).utf8.count == 1 << 20)
        let link = directory.appendingPathComponent("link.toml")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        #expect(try readConfiguration(link.path).utf8.count == 1 << 20)
        try Data(repeating: 35, count: 1 << 20 + 1).write(to: file)
        #expect(throws: Refusal.self) { try readConfiguration(file.path) }
        try Data([0xff]).write(to: file)
        #expect(throws: Refusal("configuration '\(file.path)' is not valid UTF-8")) { try readConfiguration(file.path) }
    }
}
