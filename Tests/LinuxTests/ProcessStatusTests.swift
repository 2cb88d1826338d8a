import Glibc
import Linux
import Testing

/// /proc/PID/status, as the kernel writes it and as nobody should.
@Suite struct ProcessStatusTests {
    private static let text = """
        Name:\tev\\nil
        State:\tS (sleeping)
        Tgid:\t42
        Pid:\t42
        PPid:\t1
        Uid:\t1001\t1001\t1001\t1001
        Gid:\t1002\t1002\t1002\t1002
        Groups:\t27 1002 
        NSpid:\t42\t1
        CapInh:\t0000000000000000
        CapPrm:\t0000000000000003
        CapEff:\t0000000000000001
        CapBnd:\t000001ffffffffff
        CapAmb:\t0000000000000000
        NoNewPrivs:\t1
        Seccomp:\t2
        Seccomp_filters:\t3

        """

    private func read(replacing old: String = "", with new: String = "") -> ProcessStatus? {
        guard !old.isEmpty else { return ProcessStatus(parsing: Self.text) }
        let parts = Self.text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        return ProcessStatus(parsing: parts.joined(separator: new))
    }

    @Test func theKernelsText() throws {
        let status = try #require(read())
        #expect(status.name == "ev\\nil" && status.state == "S" && status.parent == 1)
        #expect(status.users == [1001, 1001, 1001, 1001] && status.supplementaryGroups == [27, 1002])
        #expect(status.permitted == [.chown, .dacOverride] && status.effective == [.chown])
        #expect(status.noNewPrivileges && status.seccompMode == 2 && status.seccompFilters == 3)
        #expect(status.namespaceNumbers == [42, 1])
    }

    @Test func anOwnProcess() throws {
        let status = try ProcessStatus.of("self")
        #expect(status.process == getpid() && status.users[1] == geteuid())
    }

    @Test func withoutGroupsOrFilters() throws {
        #expect(read(replacing: "27 1002 ", with: "")?.supplementaryGroups == [])
        #expect(read(replacing: "Seccomp_filters:\t3\n", with: "")?.seccompFilters == .some(nil))
    }

    @Test(arguments: [
        ("CapEff:\t0000000000000001", "CapEff:\t"), ("CapEff:\t0000000000000001", "CapEff:\t1"),
        ("CapEff:\t0000000000000001", "CapEff:\t+00000000000001"), ("CapEff:\t0000000000000001\n", ""),
        ("CapEff:\t0000000000000001", "CapEff:\t000000000000000g"),
        ("Uid:\t1001\t", "Uid:\t-1\t"), ("Uid:\t1001\t", "Uid:\t"), ("Uid:\t1001\t", "Uid:\t4294967296\t"),
        // A second line of the same name: whoever could write one could speak for the kernel.
        ("State:", "CapPrm:\t0000000000000000\nState:"), ("State:", "no colon\nState:"), ("Pid:\t42\n", ""),
    ])
    func anythingElseIsRefused(old: String, new: String) { #expect(read(replacing: old, with: new) == nil) }

    @Test(arguments: ["", "\n", ":", "\0", "Name:\tx\n"]) func noStatus(text: String) {
        #expect(ProcessStatus(parsing: text) == nil)
    }

    @Test func aProcessThatIsGone() throws {
        let child = try fork { 0 }
        let directory = try ProcessDirectory(child)
        _ = try child.wait()
        #expect(throws: SystemError.self) { _ = try directory.text("status") }
    }

    @Test func deviceNumbersAreSplitAsTheyWereMade() {
        for (major, minor) in [(10, 229), (1, 3), (0xFFF, 0xFFFFF), (259, 1000), (0x1234, 0x56789)]
            as [(UInt32, UInt32)]
        {
            let parts = splitDeviceNumber(deviceNumber(major: major, minor: minor))
            #expect(parts.major == major && parts.minor == minor)
        }
    }
}
