import Linux
import Testing

@testable import Plan

private func identity(_ account: String?, _ surroundings: Surroundings) throws -> Identity {
    try RunPlan(resolving: request(account: account), in: surroundings).identity
}

private let own: CapabilitySet = [.chown, .dacOverride]
private let podMap = "0 100000 65536"
private let rootlessMap = "0 0 1\n1 100000 65536"

@Suite struct AnOrdinaryAccount {
    @Test(arguments: [nil, "alice", "1001", "1001:1001", "alice:1001"] as [String?])
    func staysItself(_ account: String?) throws {
        let identity = try identity(account, surroundings(groups: [1001, 44, 27]))
        #expect(identity.starter == .ordinaryAccount)
        #expect(identity.account.name == "alice")
        #expect(identity.account.user == UserID(1001))
        #expect(identity.account.group == GroupID(1001))
        #expect(identity.account.supplementaryGroups == [GroupID(27), GroupID(44)])
        #expect(identity.insideUser == UserID(0))
        #expect(identity.insideGroup == GroupID(0))
    }

    @Test(arguments: ["bob", "1002", "1001:100", "alice:100", "0", "root", "nobody-has-this-name"])
    func becomesNobodyElse(_ account: String) { #expect(refusal { try identity(account, surroundings()) } != nil) }

    @Test func isToldWhomItCannotBecome() {
        #expect(refusal { try identity("alice:100", surroundings()) } == "1001:1001 cannot become account alice:100")
        #expect(refusal { try identity("bob", surroundings()) } == "1001:1001 cannot become account bob")
    }

    @Test func needsNoEntryInPasswd() throws {
        let identity = try identity(nil, surroundings(user: 5000, group: 0))
        #expect(identity.account.name == nil)
        #expect(identity.account.group == GroupID(0))
    }

    @Test func isCapableOnlyWithBothCapabilities() throws {
        #expect(try identity(nil, surroundings(effective: own)).starter == .capableAccount)
        #expect(try identity(nil, surroundings(effective: .chown)).starter == .ordinaryAccount)
        #expect(try identity(nil, surroundings(effective: .dacOverride)).starter == .ordinaryAccount)
    }

    @Test func getsTheIDsInsideThatItAsksFor() throws {
        var wishes = try request()
        wishes.insideUser = UserID(1000)
        wishes.insideGroup = GroupID(4_294_967_294)
        let identity = try RunPlan(resolving: wishes, in: surroundings()).identity
        #expect(identity.insideUser == UserID(1000))
        #expect(identity.insideGroup == GroupID(4_294_967_294))
    }
}

@Suite struct Root {
    @Test(
        arguments: [
            ("alice", 1001, 1001, [27, 44]), ("1001", 1001, 1001, [27, 44]), ("alice:7", 1001, 7, [27, 44]),
            ("bob", 1002, 100, []), ("5000:6000", 5000, 6000, []), ("wheel:7", 1003, 7, []),
        ] as [(String, UInt32, UInt32, [UInt32])])
    func becomesTheAccountThatIsNamed(_ text: String, _ user: UInt32, _ group: UInt32, _ groups: [UInt32]) throws {
        let identity = try identity(text, root())
        #expect(identity.starter == .root)
        #expect(identity.account.user == UserID(user))
        #expect(identity.account.group == GroupID(group))
        #expect(identity.account.supplementaryGroups == groups.map { GroupID($0) })
    }

    @Test(
        arguments: [
            (nil, "root needs --account"), ("0", "the session must not be root outside"),
            ("0:5", "the session must not be root outside"), ("root", "the session must not be root outside"),
            ("toor", "the session must not be root outside"), ("wheel", "the group of account 'wheel' is root's"),
            ("1001:0", "the group of account 'alice' is root's"),
            ("nobody-has-this-name", "unknown account 'nobody-has-this-name'"),
            ("5000", "uid 5000 has no entry in passwd(5), so its group is unknown"),
            ("unreachable", "getpwnam_r 'unreachable': Input/output error"),
        ] as [(String?, String)])
    func isRefused(_ account: String?, _ message: String) {
        #expect(refusal { try identity(account, root()) } == message)
    }

    @Test func cannotGiveItselfUpWithoutTheCapabilities() {
        for missing: CapabilitySet in [.setuid, .setgid] {
            let weak = root { $0.capabilities.effective.subtract(missing) }
            #expect(refusal { try identity("alice", weak) } != nil)
        }
    }
}

@Suite struct RootOfAUserNamespace {
    private func pod(_ map: String = podMap, _ capabilities: CapabilitySet = rootCapabilities) -> Surroundings {
        surroundings(user: 0, group: 0, effective: capabilities, userMap: map)
    }

    @Test func isAnAccountLikeOthers() throws {
        let identity = try identity(nil, pod())
        #expect(identity.starter == .namespaceRoot)
        #expect(identity.account.user == UserID(0))
        #expect(identity.account.group == GroupID(0))
    }

    @Test func mayBecomeAnother() throws { #expect(try identity("bob", pod()).account.user == UserID(1002)) }

    @Test func hasToBeNamedWhereItMayBeRootOutside() throws {
        #expect(refusal { try identity(nil, pod(rootlessMap)) } != nil)
        #expect(try identity("0", pod(rootlessMap)).account.user == UserID(0))
        let groupOnly = surroundings(user: 0, group: 0, userMap: podMap, groupMap: rootlessMap)
        #expect(refusal { try identity(nil, groupOnly) } != nil)
    }

    @Test(arguments: ["70000:1", "1:70000", "alice"])
    func cannotBecomeWhatIsNotMapped(_ account: String) {
        #expect(refusal { try identity(account, pod("0 100000 1000")) } != nil)
    }

    @Test func cannotBecomeAnotherWithoutTheCapabilities() throws {
        #expect(refusal { try identity("bob", pod(podMap, own)) } != nil)
        #expect(try identity("0", pod(podMap, own)).account.user == UserID(0))
    }
}

@Suite struct WhateverTheRow {
    @Test func setIDIsRefused() {
        let message = "berth must not be installed setuid or setgid"
        #expect(refusal { try identity("alice", root { $0.ids.realUser = 1001 }) } == message)
        #expect(refusal { try identity("alice", root { $0.ids.realGroup = 1001 }) } == message)
    }

    @Test func anUnmappedStarterIsRefused() {
        #expect(refusal { try identity(nil, surroundings(user: 65534, group: 65534, userMap: "")) } != nil)
    }

    @Test func aCommandIsNeeded() throws {
        for command in [[], [""], ["", "x"]] {
            #expect(refusal { try RunPlan(resolving: request(command: command), in: surroundings()) } != nil)
        }
        #expect(refusal { try RunPlan(resolving: Request(), in: surroundings()) } == "no command")
    }
}
