import Foundation
import Testing

extension BerthIntegration {
    @Suite("Identity: who is who, for each row of the table") struct Identity {
        @Test("the id inside is 0:0", arguments: Starter.allCases)
        func rootInside(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(tree.options, script: "id -u; id -g; id -ru; id -rg", starter).run()
                #expect(outcome.status == 0 && outcome.lines == ["0", "0", "0", "0"], "\(outcome)")
            }
        }

        @Test("--uid and --gid choose the id inside", arguments: Starter.allCases)
        func chosenInside(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(
                    tree.options + ["--uid", "1234", "--gid", "4321"], script: "id -u; id -g; stat -c %u:%g $HOME/mine",
                    starter
                ).run()
                #expect(outcome.status == 0 && outcome.lines == ["1234", "4321", "1234:4321"], "\(outcome)")
            }
        }

        @Test("what root makes inside belongs to the account outside", arguments: Starter.allCases)
        func accountOutside(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = "echo made > $HOME/file; mkdir $HOME/dir; ln -s x $HOME/link; stat -c %u:%g $HOME/file"
                let outcome = try BerthRun(tree.options, script: script, starter).run()
                #expect(outcome.status == 0 && outcome.lines == ["0:0"], "\(outcome)")
                for name in ["file", "dir", "link"] {
                    let made = try status("\(tree.home)/\(name)")
                    #expect(made.st_uid == TestAccount.first.user, "\(name)")
                    #expect(made.st_gid == TestAccount.first.group, "\(name)")
                }
                #expect(contents(of: tree.home + "/file") == "made\n")
            }
        }

        @Test("HOME is the home's target", arguments: Starter.allCases)
        func homeVariable(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(tree.options, script: "echo $HOME; cat $HOME/mine", starter).run()
                #expect(outcome.output == "\(tree.homeTarget)\nmine", "\(outcome)")
            }
        }

        @Test("one id is mapped each way, setgroups is denied", arguments: Starter.allCases)
        func maps(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let script = "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups"
                let outcome = try BerthRun(tree.options, script: script, starter).run()
                let words = outcome.lines.map { $0.split(separator: " ").map(String.init) }
                #expect(words.count == 3, "\(outcome)")
                if words.count != 3 { return }
                #expect(words[0][0] == "0" && words[0][2] == "1", "\(outcome)")
                #expect(words[1][0] == "0" && words[1][2] == "1", "\(outcome)")
                #expect(words[2] == ["deny"], "\(outcome)")
            }
        }

        @Test(
            "supplementary groups of the account stay in force",
            arguments: [Starter.ordinaryAccount, .capableAccount, .rootNamingAccount, .rootNumberingAccount])
        func supplementaryGroups(_ starter: Starter) throws {
            try needRoot()
            let group = TestAccount.sharedGroup
            try withTree { tree in
                let place = tree.root + "/group-only"
                try makeDirectory(place, mode: 0o750)
                try make(place + "/file", "for the group", mode: 0o640)
                try give(place, to: 0, group)
                try give(place + "/file", to: 0, group)
                let options = tree.homeOption + ["--shared", "\(place):\(tree.sharedTarget)"]
                let outcome = try BerthRun(options, script: "cat \(tree.sharedTarget)/file", starter).run()
                #expect(outcome.status == 0 && outcome.output == "for the group", "\(outcome)")
            }
        }

        @Test("an account of numbers only, without an entry in passwd")
        func numbersOnly() throws {
            try needRoot()
            try withTree { tree in
                for path in ["", "/mine"] { try give(tree.home + path, to: 61234, 61235) }
                let command = Command(
                    [Machine.program("berth"), "run", "--account", "61234:61235"] + tree.homeOption
                        + ["--", "sh", "-c", "id -u; id -g; touch $HOME/file"])
                let outcome = try command.run()
                #expect(outcome.status == 0 && outcome.lines == ["0", "0"], "\(outcome)")
                #expect(try status(tree.home + "/file").st_uid == 61234)
                #expect(try status(tree.home + "/file").st_gid == 61235)
            }
        }

        @Test("root of a namespace with ranges may name one of its ids")
        func namespaceRootNamesAccount() throws {
            try Starter.namespaceRootWithRange.needed()
            guard let range = TestAccount.first.subordinateUsers else { return }
            try withTree { tree in
                try chmodAll(tree)
                let outcome = try BerthRun(
                    ["--account", "7:7", "--home", "\(tree.home):\(tree.homeTarget)"],
                    script: "touch $HOME/file; id -u",
                    .namespaceRootWithRange
                ).run()
                #expect(outcome.status == 0 && outcome.lines == ["0"], "\(outcome)")
                #expect(try status(tree.home + "/file").st_uid == range.first + 6)
            }
        }

        /// The source may be searched by everybody, so that an id other than its owner's can be tried.
        private func chmodAll(_ tree: Tree) throws { try Command("chmod", "-R", "a+rX", tree.home).mustRun() }

        @Test("without --home, HOME is that of the user inside, and the session keeps its directory")
        func withoutHome() throws {
            try withTree { tree in
                var run = BerthRun(["--shared", "\(tree.shared):\(tree.sharedTarget)"], script: "echo $HOME; pwd")
                run.directory = tree.root
                let outcome = try run.run()
                #expect(
                    outcome.status == 0 && outcome.lines == [String(cString: getpwuid(0)!.pointee.pw_dir), tree.root],
                    "\(outcome)")
            }
        }

        @Test(
            "--home without a target is shown at the account's home directory", arguments: [Starter.rootNamingAccount])
        func homeOfPasswd(_ starter: Starter) throws {
            try starter.needed()
            try withTree { tree in
                let outcome = try BerthRun(["--home", tree.home], script: "echo $HOME; cat $HOME/mine", starter).run()
                #expect(outcome.output == "\(TestAccount.first.home)\nmine", "\(outcome)")
                #expect(!exists(TestAccount.first.home + "/mine"), "the mount is seen outside")
            }
        }
    }
}
