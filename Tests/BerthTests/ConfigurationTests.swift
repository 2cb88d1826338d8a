import Plan
import Testing

@testable import berth

private func read(_ text: String) throws -> Request { try Configuration.request(from: text, named: "pod.toml") }

private func refusal(_ text: String) -> String? {
    do {
        _ = try read(text)
        return nil
    } catch { return "\(error)" }
}

@Suite struct AConfigurationFile {
    @Test func saysEverythingThatOptionsSay() throws {
        let request = try read(
            """
            home = "/nfs/alice:/home/alice"
            shared = ["/srv/genomes:/data", "/srv/b\\\\:c"]
            account = "alice:100"
            uid = 1000
            gid = 0
            ownership = "always"
            progress = "json"
            pid-namespace = "require"
            keep-source-visible = true
            locks = "remote"
            seccomp = "/etc/profile.json"
            allow-userns = true
            new-session = false
            network = "none"
            profile = "trusted"
            workdir = "/w"
            preserve-fd = [4, 3]
            clear-env = true
            env = ["A=1", "B"]
            env-file = ["/e"]
            limit = "memory=1K"
            apparmor = "p"
            selinux = "c"
            json-status-fd = 3
            dry-run = true
            command = ["jupyter", "lab", "--port", "8"]
            """)
        var expected = Request()
        expected.home = DirectoryPair(source: "/nfs/alice", target: "/home/alice")
        expected.shared = [DirectoryPair(source: "/srv/genomes", target: "/data"), DirectoryPair(source: "/srv/b:c")]
        expected.account = AccountWish(.name("alice"), group: GroupID(100))
        expected.insideUser = UserID(1000)
        expected.insideGroup = GroupID(0)
        expected.ownership = .always
        expected.progress = .json
        expected.processNamespace = .require
        expected.keepSourceVisible = true
        expected.locks = .remote
        expected.session.seccomp = .file("/etc/profile.json")
        expected.session.allowsNamespaces = true
        expected.session.newSession = false
        expected.session.network = NetworkMode.none
        expected.session.workingDirectory = "/w"
        expected.profile = .trusted
        expected.session.preservedDescriptors = [4, 3]
        expected.session.clearsEnvironment = true
        expected.session.environment = [.set("A", HiddenText("1")), .pass("B")]
        expected.session.environmentFiles = ["/e"]
        expected.session.limits = [Limit(.memory, 1024)]
        expected.session.labels = SecurityLabels(appArmor: "p", seLinux: "c")
        expected.statusDescriptor = 3
        expected.dryRun = true
        expected.command = ["jupyter", "lab", "--port", "8"]
        #expect(request == expected)
    }

    @Test func hasAKeyForEveryOption() {
        let words = RunCommand.helpMessage().split { " ,.\n/".contains($0) }
        let options = Set(words.filter { $0.hasPrefix("--") && $0.count > 2 }.map { String($0.dropFirst(2)) })
        let aboutThemselves: Set = ["config", "help", "version", "no-new-session", "no-clear-env"]
        #expect(options.subtracting(aboutThemselves).union(["command"]) == Set(Configuration.keys))
    }

    @Test func maySayNothing() throws {
        for text in ["", "\n", "# nothing\n", "\u{feff}"] { #expect(try read(text) == Request()) }
    }

    @Test func maySayDryRunIsNotWanted() throws { #expect(try read("dry-run = false").dryRun == false) }

    @Test func mayNameTheAccountByNumber() throws {
        #expect(try read("account = 1001").account == AccountWish(.user(UserID(1001))))
    }

    @Test(arguments: [
        ("foo = 1", "1: key 'foo': unknown"), ("\n\nUID = 1", "3: key 'UID': unknown"),
        ("home = 1", "1: key 'home': expected a string, found an integer"),
        ("home = ['/a']", "1: key 'home': expected a string, found a list"),
        ("home = ''", "1: key 'home': '': empty path"), ("home = 'a:b:c'", "1: key 'home': 'a:b:c': more than one ':'"),
        ("shared = '/a'", "1: key 'shared': expected a list of strings, found a string"),
        ("shared = ['/a', 1]", "1: key 'shared': expected a list of strings, found within it an integer"),
        ("shared = ['/a', ':']", "1: key 'shared': ':': empty path"),
        ("account = true", "1: key 'account': expected a string or an integer, found a truth value"),
        ("account = -1", "1: key 'account': '-1': not an id"),
        ("account = '1 '", "1: key 'account': '1 ': neither an account's name nor an id"),
        ("uid = -1", "1: key 'uid': '-1': not an id"), ("uid = 4294967295", "1: key 'uid': '4294967295': not an id"),
        ("gid = 4294967296", "1: key 'gid': '4294967296': not an id"),
        ("uid = '0'", "1: key 'uid': expected an integer, found a string"),
        ("uid = 1.0", "1: key 'uid': expected an integer, found a floating-point number"),
        ("gid = 2020-01-01", "1: key 'gid': expected an integer, found a date"),
        ("ownership = 'sometimes'", "1: key 'ownership': 'sometimes': not a way to treat ownership"),
        ("locks = 'somewhere'", "1: key 'locks': 'somewhere': not a place for locks"),
        ("ownership = false", "1: key 'ownership': expected a string, found a truth value"),
        ("progress = 'loud'", "1: key 'progress': 'loud': not a way to show progress"),
        ("json-status-fd = -1", "1: key 'json-status-fd': '-1': not a descriptor"),
        ("json-status-fd = '3'", "1: key 'json-status-fd': expected an integer, found a string"),
        ("dry-run = 'yes'", "1: key 'dry-run': expected true or false, found a string"),
        ("dry-run = 1", "1: key 'dry-run': expected true or false, found an integer"),
        ("seccomp = true", "1: key 'seccomp': expected a string, found a truth value"),
        ("env = ['=x']", "1: key 'env': a variable without a name"),
        ("env-file = '/e'", "1: key 'env-file': expected a list of strings, found a string"),
        ("limit = 'cpu=0'", "1: key 'limit': 'cpu=0': not a value for cpu"),
        ("allow-userns = 1", "1: key 'allow-userns': expected true or false, found an integer"),
        ("command = 'ls'", "1: key 'command': expected a list of strings, found a string"),
        ("command = []", "1: key 'command': empty list"), ("[home]", "1: key 'home': expected a string, found a table"),
    ])
    func isRefusedWithLineAndKey(_ text: String, _ message: String) { #expect(refusal(text) == "pod.toml:" + message) }

    @Test(arguments: ["uid = ", "uid 1", "uid = 1\nuid = 2", "uid = 01", "x = \"", "uid = 99999999999999999999"])
    func isRefusedWhereItIsNoTOML(_ text: String) {
        let line = text.utf8.contains(10) ? 2 : 1
        #expect(refusal(text)?.hasPrefix("pod.toml:\(line): ") == true)
    }

    @Test func holdsNoNUL() {
        #expect(refusal("\nhome = \"/a\\u0000/b\"") == "pod.toml:2: NUL character")
        #expect(refusal("home = \"/a\\U00000000\"") == "pod.toml:1: NUL character")
        #expect(refusal("uid = 1\n\0") == "pod.toml:2: NUL character")
    }

    @Test func reportsTheFirstOfSeveralErrors() {
        #expect(refusal("uid = 1\nfoo = 1\ngid = -1\nhome = 5")?.hasPrefix("pod.toml:2: key 'foo'") == true)
        #expect(refusal("uid = 1\ngid = -1\nfoo = 1\nhome = 5")?.hasPrefix("pod.toml:2: key 'gid'") == true)
    }
}

@Suite struct TheLineOfAKey {
    @Test(arguments: [
        ("uid = 1", 1), ("\n# uid = 3\n\nuid = 1\n", 4), ("x = \"\"\"\nuid = 3\n\"\"\"\nuid = 1", 4),
        ("x = '''\nuid = 3\n'''\nuid = 1", 4), ("x = [\n 'uid = 1', # ]\n]\nuid = 2", 4), ("\"u\\u0069d\" = 1", 1),
        ("x = 1\n'uid' = 1", 2), ("\nuid = [\n1,\n2,\n]\n", 2), ("\r\nx = 1\r\nuid = 1\r\n", 3),
        ("\n[uid]\nx = 1", 2), ("\n[uid.x]\n\n# c\ny = 1", 2), ("\n[[uid]]\nx = 1\n[[uid]]\n", 2),
        ("\nuid.x = 1\nuid.y = 2", 2),
        ("\n[x]\nuid = 3\n[uid]\n", 4), ("\u{feff}\nuid = 1", 2), ("y = 1\nuid = { a = 1 }", 2),
    ])
    func isThatOfItsStatement(_ text: String, _ expected: Int) {
        #expect(line(of: "uid", inDocument: text) == expected)
    }

    @Test func isFoundForAnyKey() {
        #expect(line(of: "a\"\\\n\u{1F600}", inDocument: "x = 1\n\"a\\\"\\\\\\n\u{1F600}\" = 1") == 2)
    }

    @Test func isFoundQuicklyInOneLongList() {
        let text = "x = 1\nshared = [\n" + String(repeating: "'x',\n", count: 50_000) + "5]\n"
        let duration = ContinuousClock().measure { #expect(line(of: "shared", inDocument: text) == 2) }
        #expect(duration < .seconds(20))
    }
}
