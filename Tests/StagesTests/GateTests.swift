import Glibc
import Linux
import Testing

@testable import Stages

/// Every refusal of a user namespace names its gate.
@Suite struct GateTests {
    private func settings(
        limit: Int? = 1000, debian: Int? = nil, appArmor: Int? = nil, seccomp: Bool = false
    ) -> NamespaceSettings {
        NamespaceSettings(
            userNamespaceLimit: limit, debianSwitch: debian, appArmorRestriction: appArmor, seccompFilters: seccomp)
    }

    @Test func theLimit() {
        #expect(Gate.userNamespaces(Errno(ENOSPC), settings(limit: 0)).cure.contains("user.max_user_namespaces"))
        #expect(Gate.userNamespaces(Errno(ENOSPC), settings(limit: 5)).cure.contains("5"))
    }

    @Test func theNesting() { #expect(Gate.userNamespaces(Errno(EUSERS), settings()).cure.contains("32")) }

    @Test func debiansSwitch() {
        #expect(Gate.userNamespaces(Errno(EPERM), settings(debian: 0)).cure.contains("unprivileged_userns_clone"))
    }

    @Test func appArmor() {
        #expect(Gate.userNamespaces(Errno(EPERM), settings(appArmor: 1)).cure.contains("apparmor"))
        #expect(Gate.mounts(settings(appArmor: 1)).cure.contains("AppArmor"))
    }

    @Test func seccomp() {
        #expect(Gate.userNamespaces(Errno(EPERM), settings(seccomp: true)).cure.contains("seccomp"))
        #expect(Gate.mounts(settings(seccomp: true)).cure.contains("seccomp"))
    }

    @Test(arguments: [ENOENT, EACCES, EPERM, ENODEV]) func theDevice(reason: Int32) {
        let error = SystemError("openat", on: "/dev/fuse", Errno(reason))
        #expect(Gate.of(error) != nil)
    }

    @Test func anUnknownCauseIsNotGuessed() {
        #expect(Gate.of(SystemError("openat", on: "/x", Errno(EPERM))) == nil)
    }
}

@Suite struct ChildReportTests {
    @Test func aFailureArrivesWhole() throws {
        let failure = RunFailure("mount '/a'", hint: "cure", status: 127)
        guard case .failed(let arrived) = ChildReport(decoding: ChildReport.failed(failure).encoded()) else {
            throw Errno(EPROTO)
        }
        #expect(arrived == failure)
    }

    @Test func aPayloadArrivesWhole() throws {
        guard case .done(let payload) = ChildReport(decoding: ChildReport.done([1, 0, 2]).encoded()) else {
            throw Errno(EPROTO)
        }
        #expect(payload == [1, 0, 2])
    }

    @Test(arguments: [[], [0], [UInt8(ascii: "f")], [UInt8(ascii: "x"), 1]] as [[UInt8]])
    func anythingElseIsUnintelligible(message: [UInt8]) {
        if case .some = ChildReport(decoding: message) { Issue.record("taken for a report: \(message)") }
    }
}
