import ArgumentParser
import Linux
import Plan
import Stages
import Testing

@testable import berth

@Suite("The command line of mount.berth") struct MountHelperLine {
    private func parting(_ arguments: [String]) -> Parting? {
        do {
            // Where help is asked for, the command is the parser's own, which throws the answer.
            var command = try MountHelper.parseAsRoot(arguments)
            try command.run()
            return nil
        } catch { return Parting(ofHelper: error) }
    }

    @Test("is that of mount(8): flags alone or together, before and after the directories")
    func flags() throws {
        for line in [["-sfnv", "/a", "/b"], ["/a", "/b", "-s", "-f", "-n", "-v"], ["-sf", "/a", "-nv", "/b"]] {
            let helper = try #require(try MountHelper.parseAsRoot(line) as? MountHelper)
            #expect(helper.sloppy && helper.fake && helper.withoutTable && helper.verbose, "\(line)")
            #expect(helper.source == "/a" && helper.target == "/b", "\(line)")
        }
    }

    @Test("takes options, a type and a namespace with their values")
    func values() throws {
        let line = ["/a", "/b", "-o", "rw,fsname=a\\,b", "-o", "-x", "-t", "fuse.berth.x", "-N", "/proc/1/fd/4"]
        let helper = try #require(try MountHelper.parseAsRoot(line) as? MountHelper)
        #expect(helper.options == ["rw,fsname=a\\,b", "-x"])
        #expect(helper.type == "fuse.berth.x" && helper.namespace == "/proc/1/fd/4")
    }

    @Test(
        "what is wrong with it ends with 1, and names the manual or the cure",
        arguments: [
            [], ["/a"], ["/a", "/b", "/c"], ["/a", "/b", "-x"], ["/a", "/b", "-o"], ["/a", "/b", "--foreground"],
            ["/a", "/b", "-o", "nonsense"], ["/a", "/b", "-N", "/proc/1/ns/mnt"], ["/a", "/b", "-t", "ext4"],
        ])
    func wrong(_ line: [String]) {
        let parting = parting(line)
        #expect(
            parting?.status == 1 && parting?.complaint != nil && parting?.hint != nil, "\(String(describing: parting))")
    }

    @Test("help and version are answers")
    func answers() {
        #expect(parting(["--version"]) == Parting(answer: "berth 0.1.0", status: 0))
        #expect(parting(["--help"])?.answer?.contains("mount.berth SOURCE TARGET") == true)
    }

    @Test("a failure keeps mount(8)'s status; a refusal is a wrong invocation, a failed call the system's")
    func statuses() {
        #expect(Parting(ofHelper: RunFailure("m", status: 8)).status == 8)
        #expect(Parting(ofHelper: Refusal("m")) == Parting(complaint: "m", status: 1))
        #expect(Parting(ofHelper: SystemError("open", on: "/dev/null", Errno(2))).status == 2)
    }
}
