import Linux
import Testing

@testable import Plan

private func session(
    user: UInt32 = 0, group: UInt32 = 0, home: String? = nil, in surroundings: Surroundings = surroundings(),
    _ change: (inout SessionWishes) -> Void = { _ in }
) throws -> SessionPlan {
    var wishes = try request(home: home)
    wishes.insideUser = UserID(user)
    wishes.insideGroup = GroupID(group)
    change(&wishes.session)
    return try RunPlan(resolving: wishes, in: surroundings).session
}

@Suite struct TheInsideUser {
    @Test func isWhomPasswdNames() throws {
        let root = try session()
        #expect(root.user == InsideUser(name: "root", home: "/root", shell: "/bin/sh", isKnown: true))
        #expect(root.group == InsideGroup(name: "root", isKnown: true))
        let alice = try session(user: 1001, group: 1001)
        #expect(alice.user == InsideUser(name: "alice", home: "/home/alice", shell: "/bin/zsh", isKnown: true))
        #expect(alice.group == InsideGroup(name: "alice", isKnown: true))
    }

    @Test func getsAnEntryWherePasswdHasNone() throws {
        let unknown = try session(user: 5000, group: 5001, home: "/h:/home/x")
        #expect(unknown.user == InsideUser(name: "user5000", home: "/home/x", shell: "/bin/zsh", isKnown: false))
        #expect(unknown.group == InsideGroup(name: "group5001", isKnown: false))
        let homeless = try session(user: 5000, in: surroundings(user: 6000, group: 6000))
        #expect(homeless.user == InsideUser(name: "user5000", home: "/", shell: "/bin/sh", isKnown: false))
    }

    @Test func hasANameOfItsOwn() throws {
        // Group 7 is called group8 here.
        let group = try session(group: 8).group
        #expect(group == InsideGroup(name: "berth-group8", isKnown: false))
    }
}

@Suite struct TheDescriptors {
    @Test func areEachOfTheNamedOnesOnceInTheirOrder() throws {
        #expect(try session().preservedDescriptors == [])
        #expect(try session { $0.preservedDescriptors = [9, 3, 1, 9, 0] }.preservedDescriptors == [3, 9])
    }
}

@Suite struct TheEnvironment {
    @Test func isPassedOnUnlessSomethingElseIsAskedFor() throws {
        let plan = try session().environment
        #expect(plan == EnvironmentPlan())
        #expect(!plan.isCleared)
    }

    @Test func hasChangesInTheirOrderAndFilesWithTheirWholePath() throws {
        let plan = try session { wishes in
            wishes.clearsEnvironment = true
            wishes.environment = [.set("A", HiddenText("1")), .pass("B")]
            wishes.environmentFiles = ["/a", "b"]
        }.environment
        #expect(plan.isCleared)
        #expect(plan.changes == [.set("A", HiddenText("1")), .pass("B")])
        #expect(plan.files == ["/a", "/work/b"])
    }

    @Test(
        arguments: [
            ("A=1", .set("A", HiddenText("1"))), ("A=", .set("A", HiddenText(""))), ("A", .pass("A")),
            ("A==b=c d", .set("A", HiddenText("=b=c d"))),
        ] as [(String, EnvironmentChange)])
    func isReadWordByWord(_ text: String, _ change: EnvironmentChange) throws {
        let parsed = try EnvironmentChange(parsing: text)
        #expect(parsed == change)
    }

    @Test(arguments: ["", "=", "=secret"]) func hasNoVariableWithoutName(_ text: String) {
        #expect(refusal { try EnvironmentChange(parsing: text) } == "a variable without a name")
    }

    @Test func neverShowsAValue() {
        let change = EnvironmentChange.set("A", HiddenText("secret"))
        var shown = "\(change) \([change]) \(String(reflecting: change))"
        dump(change, to: &shown)
        #expect(!shown.contains("secret"))
    }
}

@Suite struct AFileOfVariables {
    @Test func hasOneInALine() throws {
        let text = "\u{feff}# comment\n\nA=1\n  B= two # three \r\n\t# comment\nC='x\"\\n'\nD\nE=\nA=4"
        let expected: [EnvironmentChange] = [
            .set("A", HiddenText("1")), .set("B", HiddenText(" two # three ")), .set("C", HiddenText("'x\"\\n'")),
            .pass("D"), .set("E", HiddenText("")), .set("A", HiddenText("4")),
        ]
        let changes = try parseEnvironmentFile(text)
        #expect(changes == expected)
        #expect(try parseEnvironmentFile("").isEmpty)
    }

    @Test(arguments: [
        ("A=1\n=secret", "line 2: a variable without a name"),
        ("export A=secret", "line 1: a blank in a variable's name"),
        ("A =secret", "line 1: a blank in a variable's name"), ("\nA=sec\u{0}ret", "line 2: a NUL character"),
    ])
    func isRefusedWithTheLineAndNothingOfIt(_ text: String, _ message: String) {
        #expect(refusal { try parseEnvironmentFile(text) } == message)
    }
}
