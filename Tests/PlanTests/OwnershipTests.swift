import Linux
import Testing

@testable import Plan

private func plan(_ mode: OwnershipMode?, _ surroundings: Surroundings, home: String? = "/h:/t") throws -> OwnershipPlan
{
    let account = surroundings.ids.effectiveUser == 0 ? "alice" : nil
    return try RunPlan(resolving: request(home: home, account: account, ownership: mode), in: surroundings).ownership
}

private func withRanges(
    users: String = "alice:100000:65536", groups: String = "alice:200000:65536",
    change: (inout Surroundings) -> Void = { _ in }
) -> Surroundings {
    var place = surroundings()
    place.subordinateUsers = SubordinateLine.parse(users)
    place.subordinateGroups = SubordinateLine.parse(groups)
    place.hasMapWriters = true
    change(&place)
    return place
}

private let ranges = OwnerPower.subordinateRanges(
    users: SubordinateRange(first: 100_000, count: 65536), groups: SubordinateRange(first: 200_000, count: 65536))

@Suite struct Ownership {
    @Test func isOnRootMismatchUnlessSaidOtherwise() throws {
        #expect(try plan(nil, surroundings()).mode == .onRootMismatch)
        for mode in OwnershipMode.allCases { #expect(try plan(mode, surroundings()).mode == mode) }
    }

    @Test func isOffWithoutAHomeAndCannotBeWished() throws {
        #expect(try plan(nil, root(), home: nil) == OwnershipPlan(mode: .off, power: .none))
        #expect(try plan(.off, root(), home: nil) == OwnershipPlan(mode: .off, power: .none))
        #expect(refusal { try plan(.always, root(), home: nil) } == "ownership 'always' without a home")
    }

    @Test func isPowerlessWhereItIsOff() throws { #expect(try plan(.off, root()).power == .none) }

    @Test func restsOnTheStartersCapabilities() throws {
        #expect(try plan(nil, root()).power == .callersCapabilities)
        #expect(try plan(nil, surroundings(effective: [.chown, .dacOverride])).power == .callersCapabilities)
        #expect(try plan(nil, root { $0.capabilities.effective.subtract(.chown) }).power == .none)
        #expect(try plan(nil, surroundings()).power == .none)
        #expect(try plan(nil, surroundings(effective: .chown)).power == .none)
        let pod = surroundings(user: 0, group: 0, effective: .all, userMap: "0 100000 65536")
        #expect(try plan(nil, pod).power == .callersCapabilities)
    }

    @Test func restsOnSubordinateRangesOtherwise() throws {
        #expect(try plan(nil, withRanges()).power == ranges)
        #expect(try plan(nil, withRanges(users: "1001:100000:65536")).power == ranges)
        #expect(try plan(nil, withRanges { $0.hasMapWriters = false }).power == .none)
        #expect(try plan(nil, withRanges { $0.capabilities.noNewPrivileges = true }).power == .none)
    }

    @Test(arguments: [
        "", "bob:100000:65536", "alice:0:65536", "alice:100000:0", "alice:4294967295:2", "alice:1000:10", "alice:x:1",
        "alice:100000", "#alice:100000:65536", "alice:-1:5",
    ])
    func neverUsesARangeThatIsNone(_ line: String) throws {
        #expect(try plan(nil, withRanges(users: line)).power == .none)
        #expect(try plan(nil, withRanges(groups: line)).power == .none)
        #expect(try plan(nil, withRanges(users: line + "\nalice:100000:65536")).power == ranges)
    }
}

@Suite struct Holdings {
    private func lines(_ plan: RunPlan) -> [String] {
        plan.holdings.map { holding in
            let amount =
                switch holding.amount {
                case .exactly(let set): "\(set.rawValue)"
                case .whateverIsGiven: "given"
                }
            return "\(holding.process.rawValue) \(holding.from) \(amount) \(holding.scope)"
        }
    }

    @Test func nameTheTwoCapabilitiesOfTheWorkerAndNoOther() throws {
        let plan = try RunPlan(resolving: request(home: "/h", account: "alice"), in: root())
        #expect(
            lines(plan) == [
                "berth started given outside", "owner-worker started 3 outside", "berth mapped given session",
                "file-server mounted 0 session", "berth dropped 0 session", "session dropped 0 session",
            ])
    }

    @Test func haveNoWorkerWhereNobodyLooksAtOwners() throws {
        let plan = try RunPlan(resolving: request(), in: surroundings())
        #expect(
            lines(plan) == [
                "berth started 0 outside", "berth mapped given session", "berth dropped 0 session",
                "session dropped 0 session",
            ])
    }

    @Test func showAWorkerWithoutPower() throws {
        let plan = try RunPlan(resolving: request(home: "/h"), in: surroundings())
        #expect(lines(plan).contains("owner-worker started 0 outside"))
    }
}
