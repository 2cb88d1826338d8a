import Glibc
import Linux
import Plan
import Testing

@testable import Stages

/// What `berth doctor` makes of what the kernel says, the kernel's own words and others.
@Suite struct DoctorTests {
    private let account = Identity(
        starter: .ordinaryAccount,
        account: Account(
            name: "alice", user: UserID(1001), group: GroupID(1001), supplementaryGroups: [], homeDirectory: nil),
        insideUser: UserID(0), insideGroup: GroupID(0))

    private func trial(_ outcomes: [Trial.Step: Trial.Outcome]) -> Trial {
        var trial = Trial()
        for step in Trial.Step.allCases { trial[step] = outcomes[step] ?? .worked(answer: "") }
        return trial
    }

    private func failure(_ gate: Gate) -> Trial.Outcome {
        .failed(Trial.Failure(message: "call: reason", code: gate.code, cure: gate.cure))
    }

    private func codes(_ findings: [DoctorFinding], _ level: DoctorFinding.Level) -> [String] {
        findings.filter { $0.level == level }.map(\.code)
    }

    @Test(arguments: [
        Trial.Outcome.worked(answer: ""), .worked(answer: "7 45 123"), .notTried,
        .failed(Trial.Failure(message: "a: b\nc", code: nil, cure: nil)),
        .failed(Trial.Failure(message: "a", code: "code", cure: "cure")),
    ])
    func aTrialsLineArrivesWhole(outcome: Trial.Outcome) {
        let line = TrialLine(.device, outcome)
        #expect(TrialLine(decoding: line.encoded()) == line)
    }

    @Test(arguments: [
        "", "device", "device\0", "device\0worked", "other\0worked\0", "device\0failed\0a\0b", "\0\0\0\0",
    ])
    func anythingElseIsNoLine(text: String) { #expect(TrialLine(decoding: Array(text.utf8)) == nil) }

    @Test func everyGateHasItsOwnCode() throws {
        let gates = [
            Gate.userNamespacesOff, .userNamespaceLimit(3), .userNamespaceDepth, .userNamespacesFiltered,
            .noUserNamespacesInKernel, .userNamespacesForRoot, .userNamespacesOfAppArmor, .userNamespacesRefused,
            .userNamespacesUnknown, .mountNamespaceLimit, .processNamespaceLimit, .processNamespaceFiltered,
            .mapNeedsCapability, .mountsOfAppArmor, .mountsFiltered, .mountsRefused, .oldKernel,
            .maskedProc, .noDevice, .closedDevice, .deviceOnNoDevicesMount, .deviceControlGroup, .otherDevice,
            .noFuseInKernel, .noOwnerCapabilities, .fileCapabilitiesLocked, .fileCapabilitiesOnNoSetUserIDMount,
            .fileCapabilitiesInForeignNamespace, .noMapWriters, .powerlessMapWriters, .noSubordinateIDs, .rootSquash,
            .unreadableDirectory, .deadDirectory, .missingDirectory, .noDelegation, .descriptorLimit,
        ]
        #expect(Set(gates.map(\.code)).count == gates.count)
        #expect(gates.allSatisfy { !$0.cure.isEmpty })
        // The manual page has each of them.
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let manual = try readText("/\(root)/man/berth-doctor.1")
        for gate in gates {
            let words = manual.split { $0 == " " || $0 == "\n" }
            #expect(words.contains(gate.code[...]), "\(gate.code)")
        }
    }

    @Test func aShutGateIsAProblem() {
        let facts = UserNamespaceFacts(
            settings: NamespaceSettings(userNamespaceLimit: 0, seccompFilters: false), map: .initial,
            trial: trial([.userNamespace: failure(.userNamespacesOff), .map: .notTried]), identity: account)
        #expect(codes(facts.findings, .problem) == ["userns-sysctl"])
        #expect(facts.findings.first { $0.level == .problem }?.cure == Gate.userNamespacesOff.cure)
    }

    @Test func aNamespaceWithinAnotherIsNoted() {
        let map = IdentityMap(lines: [IdentityMapLine(inside: 0, outside: 1001, count: 1)])
        let facts = UserNamespaceFacts(
            settings: NamespaceSettings(userNamespaceLimit: 9, seccompFilters: false), map: map, trial: trial([:]),
            identity: account)
        #expect(codes(facts.findings, .note) == ["userns-nested"])
        #expect(codes(facts.findings, .problem) == [])
    }

    @Test func theDeviceIsToldApart() {
        let right = FuseDevice(isCharacterDevice: true, major: 10, minor: 229, mode: 0o666, user: 0, group: 0)
        var null = right
        (null.major, null.minor) = (1, 3)
        var file = right
        file.isCharacterDevice = false
        let shut = trial([.device: failure(.deviceControlGroup), .fuseMount: .notTried, .fuseInit: .notTried])
        #expect(codes(FuseFacts(device: nil, trial: trial([:])).findings, .problem) == ["fuse-missing"])
        #expect(codes(FuseFacts(device: null, trial: trial([:])).findings, .problem) == ["fuse-other-device"])
        #expect(codes(FuseFacts(device: file, trial: trial([:])).findings, .problem) == ["fuse-other-device"])
        #expect(codes(FuseFacts(device: right, trial: shut).findings, .problem) == ["fuse-cgroup"])
        #expect(codes(FuseFacts(device: right, trial: trial([:])).findings, .problem) == [])
    }

    @Test func anOldProtocolIsNoted() {
        let right = FuseDevice(isCharacterDevice: true, major: 10, minor: 229, mode: 0o666, user: 0, group: 0)
        let old = trial([.fuseInit: .worked(answer: FuseInit(major: 7, minor: 34, flags: 0).text)])
        #expect(codes(FuseFacts(device: right, trial: old).findings, .note) == ["fuse-resend", "fuse-idmapped"])
        let new = trial([.fuseInit: .worked(answer: FuseInit(major: 7, minor: 45, flags: 3 << 39).text)])
        #expect(codes(FuseFacts(device: right, trial: new).findings, .note) == [])
    }

    @Test func theFirstRequestIsRead() {
        var message = [UInt8](repeating: 0, count: 104)
        func put(_ value: UInt32, at offset: Int) {
            for byte in 0..<4 { message[offset + byte] = UInt8(value >> (8 * UInt32(byte)) & 0xFF) }
        }
        for (value, offset) in [(104, 0), (26, 4), (7, 40), (45, 44)] as [(UInt32, Int)] { put(value, at: offset) }
        put(1 << 30, at: 52)
        put(1 << 7, at: 56)
        let request = FuseInit(decoding: message)
        #expect(request?.minor == 45 && request?.canResend == true && request?.canMapIdentities == false)
        #expect(request.flatMap { FuseInit(text: $0.text) } == request)
        put(0, at: 52)
        #expect(FuseInit(decoding: message)?.canResend == false)
        put(27, at: 4)
        #expect(FuseInit(decoding: message) == nil)
        for length in [0, 1, 39, 40, 55] { #expect(FuseInit(decoding: Array(message.prefix(length))) == nil) }
    }

    @Test func fileCapabilitiesThatWereNotGot() throws {
        let file = try #require(
            FileCapabilities(decoding: [1, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
        #expect(file.permitted == [.chown, .dacOverride] && file.isEffective)
        var state = CapabilityState()
        func codes(nosuid: Bool) -> [String] {
            CapabilityFacts(state: state, starter: .ordinaryAccount, file: file, fileMountIsNoSetUserID: nosuid)
                .findings.filter { $0.level == .note }.map(\.code)
        }
        #expect(codes(nosuid: true) == ["file-capabilities-nosuid"])
        #expect(codes(nosuid: false) == ["file-capabilities-unused"])
        state.noNewPrivileges = true
        #expect(codes(nosuid: false) == ["file-capabilities-no-new-privs"])
        state.permitted = file.permitted
        state.effective = file.permitted
        #expect(codes(nosuid: false) == [])
    }

    @Test(arguments: [
        [], [1, 0, 0, 2], [UInt8](repeating: 0, count: 20), [1, 0, 0, 3] + [UInt8](repeating: 0, count: 16),
    ])
    func noFileCapabilities(bytes: [UInt8]) { #expect(FileCapabilities(decoding: bytes) == nil) }

    @Test func subordinateIDs() {
        let line = SubordinateLine(owner: "alice", first: 100_000, count: 65536)
        func codes(_ lines: [SubordinateLine], there: Bool = true, power: Bool = true, locked: Bool = false) -> [String]
        {
            let program = SubordinateFacts.Program(path: "/usr/bin/newuidmap", isThere: there, hasPower: power)
            return SubordinateFacts(programs: [program], users: lines, groups: lines, noNewPrivileges: locked)
                .findings.map(\.code)
        }
        #expect(codes([line]) == ["subid"])
        #expect(codes([]) == ["subid-range"])
        #expect(codes([line], there: false) == ["subid-programs"])
        #expect(codes([line], power: false) == ["subid-setuid"])
        #expect(codes([line], locked: true) == ["subid-setuid"])
        #expect(codes([SubordinateLine(owner: "alice", first: .max, count: 0)]) == ["subid"])
    }

    @Test func networkFileSystems() {
        func codes(_ answer: PathFacts.Answer, power: Bool = true) -> [String] {
            PathFacts(path: "/x\n", answer: answer, starterHasPower: power).findings.map { "\($0.level):\($0.code)" }
        }
        #expect(codes(.seen(type: 0x6969, asStarter: 0, asAccount: 0)) == ["ok:path", "note:nfs"])
        #expect(
            codes(.seen(type: 0x6969, asStarter: EACCES, asAccount: 0)) == ["ok:path", "note:nfs-root-squash"])
        #expect(
            codes(.seen(type: 0x6969, asStarter: EACCES, asAccount: 0), power: false) == ["ok:path", "note:nfs"])
        #expect(codes(.seen(type: 0xEF53, asStarter: 0, asAccount: EACCES)) == ["note:path-unreadable"])
        #expect(
            codes(.seen(type: 0xEF53, asStarter: 0, asAccount: EACCES), power: false) == ["problem:path-unreadable"])
        #expect(codes(.silent) == ["problem:path-hangs"])
        #expect(codes(.unreachable(Errno(ENOENT))) == ["problem:path-missing"])
    }

    @Test func controlGroups() {
        #expect(ownControlGroup("12:cpu:/a\n0::/user.slice/x y\n") == "/user.slice/x y")
        #expect(ownControlGroup("1:name=systemd:/\n") == nil)
        #expect(ownControlGroup("") == nil)
        func entry(_ root: String, _ place: String) -> MountEntry {
            MountEntry(line: "31 23 0:28 \(root) \(place) rw - cgroup2 cgroup2 rw")!
        }
        #expect(controlGroupDirectory("/a/b", in: [entry("/", "/sys/fs/cgroup")]) == "/sys/fs/cgroup/a/b")
        #expect(controlGroupDirectory("/", in: [entry("/", "/cg")]) == "/cg")
        #expect(controlGroupDirectory("/a/b", in: [entry("/a", "/cg")]) == "/cg/b")
        #expect(controlGroupDirectory("/ab", in: [entry("/a", "/cg")]) == nil)
        #expect(controlGroupDirectory("/a", in: []) == nil)
    }
}
