import ArgumentParser
import Plan
import Stages
import Testing

@testable import berth

private func read(_ arguments: String...) throws -> Request { try request(arguments) }

private func request(_ arguments: [String]) throws -> Request {
    var command = try Berth.parsed(["run"] + arguments)
    guard let run = command as? RunCommand else {
        // Where help is asked for, the command is the parser's own, which throws the answer.
        try command.run()
        throw ExitCode(0)
    }
    return try run.options.request()
}

private func parting(_ arguments: [String]) -> Parting? {
    do {
        _ = try request(arguments)
        return nil
    } catch { return Parting(error) }
}

@Suite struct Options {
    /// `berth run` is read by itself first.
    @Test(
        arguments: [
            [], ["--", "ls", "--help"], ["--help"], ["--version"], ["--uid"], ["--frobnicate"], ["ls"],
            ["--dry-run", "help"],
            ["--generate-completion-script", "bash"], ["--experimental-dump-help"], ["--", "--"],
            ["--uid=7", "--", "run"],
        ])
    func areReadAsByTheWholeTree(_ arguments: [String]) {
        func outcome(_ parse: () throws -> any ParsableCommand) -> String {
            do {
                var command = try parse()
                if let run = command as? RunCommand { return "\(try run.options.request())" }
                try command.run()
                return "\(type(of: command))"
            } catch { return "\(Parting(error))" }
        }
        let all = ["run"] + arguments
        #expect(outcome { try Berth.parsed(all) } == outcome { try Berth.parseAsRoot(all) })
    }

    @Test func sayEverything() throws {
        let request = try read(
            "--home", "/h:/t", "--shared", "/a", "--shared=/b:/c", "--account", "1001:5", "--uid", "7", "--gid=8",
            "--ownership", "check", "--locks=remote", "--seccomp", "off", "--allow-userns", "--new-session",
            "--workdir", "/w", "--profile", "untrusted", "--network", "none", "--preserve-fd", "5,3", "--preserve-fd=9",
            "--clear-env", "--env",
            "A=1",
            "--env", "B", "--env-file", "/e", "--env-file=f", "--limit", "cpu=2,files=9", "--apparmor", "p",
            "--selinux=c",
            "--dry-run", "--json-status-fd", "3", "--", "ls", "--home", "-l", "--")
        var expected = Request()
        expected.home = DirectoryPair(source: "/h", target: "/t")
        expected.shared = [DirectoryPair(source: "/a"), DirectoryPair(source: "/b", target: "/c")]
        expected.account = AccountWish(.user(UserID(1001)), group: GroupID(5))
        expected.insideUser = UserID(7)
        expected.insideGroup = GroupID(8)
        expected.ownership = .check
        expected.locks = .remote
        expected.session.seccomp = .off
        expected.session.allowsNamespaces = true
        expected.session.newSession = true
        expected.session.network = NetworkMode.none
        expected.session.workingDirectory = "/w"
        expected.profile = .untrusted
        expected.session.preservedDescriptors = [5, 3, 9]
        expected.session.clearsEnvironment = true
        expected.session.environment = [.set("A", HiddenText("1")), .pass("B")]
        expected.session.environmentFiles = ["/e", "f"]
        expected.session.limits = [Limit(.cpu, 200_000), Limit(.files, 9)]
        expected.session.labels = SecurityLabels(appArmor: "p", seLinux: "c")
        expected.dryRun = true
        expected.statusDescriptor = 3
        expected.command = ["ls", "--home", "-l", "--"]
        #expect(request == expected)
    }

    @Test func takeBackWhatAProfileOrAFileSays() throws {
        let request = try read("--no-clear-env", "--new-session", "--no-new-session")
        #expect(request.session.clearsEnvironment == false && request.session.newSession == false)
    }

    @Test func saySoLittleThatAFileCanSayTheRest() throws { #expect(try read() == Request()) }

    @Test(arguments: [
        (["--uid", "-1"], "--uid '-1': not an id"), (["--uid=-1"], "--uid '-1': not an id"),
        (["--uid", "4294967295"], "--uid '4294967295': not an id"), (["--gid", "0x10"], "--gid '0x10': not an id"),
        (["--gid", "1 "], "--gid '1 ': not an id"), (["--gid", ""], "--gid '': not an id"),
        (["--account", "-1"], "--account '-1': neither an account's name nor an id"),
        (["--account", ""], "--account '': neither an account's name nor an id"),
        (["--account", "4294967295"], "--account '4294967295': not an id"),
        (["--home", "a", "--home", "b"], "--home was given 2 times, at most once is possible"),
        (["--uid", "1", "--uid", "1"], "--uid was given 2 times, at most once is possible"),
        (["--home", ":"], "--home ':': empty path"), (["--shared", "a:b:c"], "--shared 'a:b:c': more than one ':'"),
        (["--ownership", "x"], "--ownership 'x': not a way to treat ownership"),
        (["--locks", "x"], "--locks 'x': not a place for locks"),
        (["--progress", "x"], "--progress 'x': not a way to show progress"),
        (["--profile", "x"], "--profile 'x': not a profile"),
        (["--workdir", "w"], "--workdir 'w': not absolute"), (["--workdir", ""], "--workdir '': not absolute"),
        (["--preserve-fd", "3,,4"], "--preserve-fd '': not a descriptor"),
        (["--preserve-fd", "-1"], "--preserve-fd '-1': not a descriptor"),
        (["--preserve-fd", "3 "], "--preserve-fd '3 ': not a descriptor"),
        (["--preserve-fd", "2147483648"], "--preserve-fd '2147483648': not a descriptor"),
        (["--network", "x"], "--network 'x': not a network for a session"),
        (["--seccomp", ""], "--seccomp '': empty path"), (["--env", "=secret"], "--env a variable without a name"),
        (["--limit", "memory=lots"], "--limit 'memory=lots': not a value for memory"),
        (["--apparmor", ""], "--apparmor '': not a label"), (["--selinux", "a b"], "--selinux 'a b': not a label"),
        (["--json-status-fd", "-1"], "--json-status-fd '-1': not a descriptor"),
        (["--frobnicate"], "unknown option '--frobnicate'"), (["ls"], "unexpected argument 'ls'"),
        (["--home"], "missing value for '--home <SRC[:DST]>'"),
    ])
    func areRefusedWith125(_ arguments: [String], _ message: String) {
        let parting = parting(arguments)
        #expect(parting?.complaint == message)
        #expect(parting?.status == 125)
        #expect(parting?.answer == nil)
    }

    @Test func helpAndVersionAreNoFailure() {
        let help = parting(["--help"])
        #expect(help?.status == 0)
        #expect(help?.answer?.contains("--json-status-fd <N>") == true)
        #expect(parting(["--version"]) == Parting(answer: "berth 0.1.0", status: 0))
    }
}

@Suite struct Endings {
    @Test(arguments: [
        (["run", "--x"], "see berth run --help; the command comes after '--'"), (["mount"], "see berth mount --help"),
        (["doctor", "--x"], "see berth doctor --help"), (["inspect"], "see berth inspect --help"),
        (["frobnicate"], "see berth --help"), ([], "see berth --help"),
    ])
    func nameTheHelpOfTheSubcommand(arguments: [String], hint: String) throws {
        let error = #expect(throws: (any Error).self) {
            var command = try Berth.parseAsRoot(arguments + ["--no-such-option"])
            try command.run()
        }
        #expect(Parting(try #require(error), arguments: ["berth"] + arguments).hint == hint)
    }

    @Test func keepTheStatusOfTheSession() { #expect(Parting(ExitCode(137)) == Parting(status: 137)) }

    @Test(arguments: [125, 126, 127] as [Int32])
    func keepTheStatusOfAFailure(_ status: Int32) {
        let failure = RunFailure("m", hint: "h", status: status)
        #expect(Parting(failure) == Parting(complaint: "m", hint: "h", status: status))
    }

    @Test func showControlCharactersWrittenOut() {
        #expect(printable("a\u{1b}[2J\nb\u{202e}\u{7f}é") == "a\\u{1b}[2J\\u{a}b\\u{202e}\\u{7f}é")
    }
}
