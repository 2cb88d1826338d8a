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

    @Test(
        arguments: [
            ("unshare", "mount namespace", ENOSPC, "user.max_mnt_namespaces"),
            ("clone", nil, ENOSPC, "max_pid_namespaces"),
            ("fsmount", "proc", EPERM, "unmask"),
        ] as [(String, String?, Int32, String)])
    func whatWasRefusedIsNamed(call: String, subject: String?, reason: Int32, word: String) {
        #expect(Gate.of(SystemError(call, on: subject, Errno(reason)))?.cure.contains(word) == true)
    }

    @Test(arguments: ["mount", "umount2", "pivot_root", "fsmount", "move_mount"])
    func everyMountCallHasItsGate(call: String) {
        let gate = Gate.of(SystemError(call, on: ".", Errno(EPERM)))
        #expect(gate == Gate.mounts(NamespaceSettings.current()))
        #expect(Gate.mountsFiltered.cure.contains(call))
    }

    @Test func anUnknownCauseIsNotGuessed() {
        #expect(Gate.of(SystemError("openat", on: "/x", Errno(EPERM))) == nil)
    }
}

@Suite struct ChildReportTests {
    @Test(arguments: [("cure", "code"), ("cure", nil), (nil, nil)] as [(String?, String?)])
    func aFailureArrivesWhole(hint: String?, gate: String?) throws {
        var failure = RunFailure("mount '/a'", hint: hint, status: 127)
        failure.gate = gate
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
