import Linux
import Testing

@testable import Plan

private func plan(_ surroundings: Surroundings, _ change: (inout OwnRequest) -> Void = { _ in }) throws -> OwnPlan {
    var request = OwnRequest()
    request.paths = ["/tree"]
    change(&request)
    return try OwnPlan(resolving: request, in: surroundings)
}

private func withRanges(_ change: (inout Surroundings) -> Void = { _ in }) -> Surroundings {
    var place = surroundings(groups: [27])
    place.subordinateUsers = SubordinateLine.parse("alice:100000:65536")
    place.subordinateGroups = SubordinateLine.parse("alice:200000:65536")
    place.hasMapWriters = true
    change(&place)
    return place
}

private let ranges = OwnerPower.subordinateRanges(
    users: SubordinateRange(first: 100_000, count: 65536), groups: SubordinateRange(first: 200_000, count: 65536))

@Suite struct OwnPlans {
    @Test func anAccountIsItsOwnTarget() throws {
        let own = OwnTask.give(user: 1001, group: 1001, acceptedGroups: [27], from: nil)
        #expect(try plan(surroundings(groups: [27])).task == own)
        #expect(try plan(surroundings(groups: [27], effective: [.chown, .dacOverride])).task == own)
    }

    @Test func rootHasToNameOne() {
        #expect(refusal { try plan(root()) } == "root needs --to")
        let pod = surroundings(user: 0, group: 0, effective: .all, userMap: "0 100000 65536")
        #expect(refusal { try plan(pod) } == "root needs --to")
    }

    @Test(
        arguments: [
            ("alice", 1001, 1001, [27, 44]), ("alice:1001", 1001, 1001, []), ("alice:5", 1001, 5, []),
            ("0:0", 0, 0, []),
            ("77:78", 77, 78, []), ("1002", 1002, 100, []),
        ] as [(String, UInt32, UInt32, Set<UInt32>)])
    func aTargetHasItsGroups(text: String, user: UInt32, group: UInt32, others: Set<UInt32>) throws {
        let task = try plan(root()) { $0.to = try! AccountWish(parsing: text) }.task
        #expect(task == .give(user: user, group: group, acceptedGroups: others, from: nil))
    }

    @Test func anIDWithoutAGroupIsRefusedByThisOptionsName() {
        do {
            _ = try plan(root()) { $0.to = try! AccountWish(parsing: "77") }
            Issue.record("not refused")
        } catch { #expect((error as? Refusal)?.hint == "give the group as well: --to 77:GID") }
    }

    @Test func powerIsTheCallersOrThatOfItsRanges() throws {
        #expect(try plan(root()) { $0.moves = [IDMove(from: 1, to: 2, count: 1)] }.power == .callersCapabilities)
        #expect(try plan(surroundings()).power == .none)
        #expect(try plan(withRanges()).power == ranges)
        #expect(try plan(withRanges { $0.capabilities.noNewPrivileges = true }).power == .none)
    }

    /// The helper namespace maps nobody else: what the account may do outside it could not do there.
    @Test(arguments: [
        ("1001:1001", true), ("100000:200000", true), ("165535:1001", true), ("165536:1001", false), ("1001:27", false),
        ("1001:100000", false), ("1002:100", false),
    ])
    func rangesServeForTargetsThatTheyMap(text: String, serves: Bool) throws {
        let power = try plan(withRanges()) { $0.to = try! AccountWish(parsing: text) }.power
        #expect(power == (serves ? ranges : .none))
    }

    @Test func onlyThePowerlessFollowTheirOwnLinks() throws {
        #expect(try plan(surroundings()).trustedLinkOwners == [0, 1001])
        #expect(try plan(surroundings(effective: .chown)).trustedLinkOwners == [0])
        #expect(try plan(surroundings(effective: [.chown, .dacOverride])).trustedLinkOwners == [0])
        #expect(try plan(root()) { $0.restore = "/r" }.trustedLinkOwners == [0])
    }

    @Test func whatIsNotSaidIsCareful() throws {
        let plan = try plan(surroundings())
        #expect(plan.hardLinks == .refuse && plan.when == .always && !plan.dryRun && plan.record == nil)
    }

    @Test func withoutAPathThereIsNothingToDo() { #expect(refusal { try plan(root()) { $0.paths = [] } } == "no path") }
}

@Suite struct OwnWords {
    @Test(arguments: [("1", 1000), ("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000), ("5ms", 5)])
    func timesAreRead(text: String, milliseconds: Int) throws {
        #expect(try parseDuration(text) == milliseconds)
    }

    @Test(arguments: ["", "0", "0s", "-1", "1.5", " 1", "1 s", "s", "1d", "1S", "9999999999", "١s", "1mss"])
    func otherTimesAreNot(text: String) { #expect(refusal { try parseDuration(text) } == "'\(text)': not a time") }

    @Test func rangesAreRead() throws {
        #expect(try IDMove(parsing: "1:20:3") == IDMove(from: 1, to: 20, count: 3))
        #expect(try IDMove(parsing: "4294967294:0:1") == IDMove(from: 4_294_967_294, to: 0, count: 1))
    }

    @Test(arguments: [
        "", "1", "1:2", "1:2:3:4", "1:2:", ":2:3", "1:2:0", "-1:2:3", "1:2:0x3", "4294967294:0:2", "0:4294967294:2",
        "1: 2:3", "01:2:3",
    ])
    func otherRangesAreNot(text: String) { #expect(refusal { try IDMove(parsing: text) } != nil) }

    @Test func ownersAreRead() throws {
        #expect(try OwnerFilter(parsing: "7") == OwnerFilter(user: 7))
        #expect(try OwnerFilter(parsing: "7:8") == OwnerFilter(user: 7, group: 8))
        for text in ["", ":", "7:", ":8", "7:8:9", "alice"] {
            #expect(refusal { try OwnerFilter(parsing: text) } != nil)
        }
    }
}
