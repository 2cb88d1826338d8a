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
        #expect(Gate.userNamespaceHint(Errno(ENOSPC), settings(limit: 0)).contains("user.max_user_namespaces"))
        #expect(Gate.userNamespaceHint(Errno(ENOSPC), settings(limit: 5)).contains("5"))
    }

    @Test func theNesting() { #expect(Gate.userNamespaceHint(Errno(EUSERS), settings()).contains("32")) }

    @Test func debiansSwitch() {
        #expect(Gate.userNamespaceHint(Errno(EPERM), settings(debian: 0)).contains("unprivileged_userns_clone"))
    }

    @Test func appArmor() {
        #expect(Gate.userNamespaceHint(Errno(EPERM), settings(appArmor: 1)).contains("apparmor"))
        #expect(Gate.mountHint(settings(appArmor: 1)).contains("AppArmor"))
    }

    @Test func seccomp() {
        #expect(Gate.userNamespaceHint(Errno(EPERM), settings(seccomp: true)).contains("seccomp"))
        #expect(Gate.mountHint(settings(seccomp: true)).contains("seccomp"))
    }

    @Test(arguments: [ENOENT, EACCES, EPERM, ENODEV]) func theDevice(reason: Int32) {
        let error = SystemError("openat", on: "/dev/fuse", Errno(reason))
        #expect(Gate.hint(for: error) != nil)
    }

    @Test func anUnknownCauseIsNotGuessed() {
        #expect(Gate.hint(for: SystemError("openat", on: "/x", Errno(EPERM))) == nil)
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
