import Testing

@testable import Plan

@Suite struct IDs {
    @Test(arguments: [("0", 0), ("1", 1), ("1001", 1001), ("4294967294", 4_294_967_294)] as [(String, UInt32)])
    func areUnsignedDecimals(_ text: String, _ id: UInt32) throws { #expect(try parseID(text) == id) }

    @Test(arguments: [
        "", " ", "-1", "+1", "0x10", "1 ", " 1", "01", "00", "4294967295", "4294967296", "99999999999999999999", "1e3",
        "1_000", "1.0", "٣", "1\n", "1\u{301}", "-0", "0b1", "ten", "1,5",
    ])
    func areNothingElse(_ text: String) {
        #expect(refusal { try parseID(text) } == "'\(text)': not an id")
    }
}

@Suite struct AccountWishes {
    @Test(arguments: [
        ("alice", AccountWish(.name("alice"))), ("alice:100", AccountWish(.name("alice"), group: GroupID(100))),
        ("1001", AccountWish(.user(UserID(1001)))), ("1001:5", AccountWish(.user(UserID(1001)), group: GroupID(5))),
        ("0:0", AccountWish(.user(UserID(0)), group: GroupID(0))), ("0x10", AccountWish(.name("0x10"))),
        ("a.b-c_d$", AccountWish(.name("a.b-c_d$"))), ("DOM\\alice", AccountWish(.name("DOM\\alice"))),
    ])
    func areNamesOrIDs(_ text: String, _ wish: AccountWish) throws {
        #expect(try AccountWish(parsing: text) == wish)
    }

    @Test(arguments: [
        "", ":", ":5", "-1", "+1", "1 ", " alice", "al ice", "alice:", "alice:users", "1001:-1", "1001:4294967295",
        "4294967295", "01", "1:2:3", "a/b", "al\nice", "1001:0x10",
    ])
    func areNothingElse(_ text: String) { #expect(refusal { try AccountWish(parsing: text) } != nil) }
}

@Suite struct DirectoryPairs {
    @Test(
        arguments: [
            ("/a", "/a", nil), ("/a:/b", "/a", "/b"), ("a b:/c", "a b", "/c"), ("/a\\:b:/c", "/a:b", "/c"),
            ("/a:/b\\:c", "/a", "/b:c"), ("/a\\\\:/b", "/a\\", "/b"), ("/a\\b", "/a\\b", nil), ("/a\\", "/a\\", nil),
            ("/a:\u{301}b", "/a", "\u{301}b"), ("\\:", ":", nil),
        ] as [(String, String, String?)])
    func areSplitAtAnUnescapedColon(_ text: String, _ source: String, _ target: String?) throws {
        let pair = try DirectoryPair(parsing: text)
        #expect(Array(pair.source.utf8) == Array(source.utf8))
        #expect(pair.target.map { Array($0.utf8) } == target.map { Array($0.utf8) })
    }

    @Test(arguments: ["", ":", "/a:", ":/b", "/a:/b:/c", "/a:/b:", "::"])
    func areNothingElse(_ text: String) { #expect(refusal { try DirectoryPair(parsing: text) } != nil) }
}

@Suite struct Paths {
    @Test(arguments: [
        ("/scratch", "/scratch", true), ("/scratch", "/scratch/a", true), ("/scratch", "/scratch2", false),
        ("/scratch/a", "/scratch", false), ("/", "/a", true), ("/a//b/./", "/a/b/c", true), ("/a", "/b/a", false),
        ("/a", "/a/\u{301}b", true), ("/caf\u{e9}", "/cafe\u{301}/x", false),
    ])
    func containByName(_ outer: String, _ inner: String, _ contains: Bool) {
        #expect(PathComponents(outer).contains(PathComponents(inner)) == contains)
    }

    @Test(arguments: [("/", "/"), ("//a/./b/", "/a/b"), ("/a/../b", "/a/../b"), ("/.a/..b", "/.a/..b")])
    func loseDotsAndDoubledSlashes(_ text: String, _ path: String) { #expect(PathComponents(text).path == path) }
}

@Suite struct DescriptorNumbers {
    @Test func areDecimal() throws { #expect(try parseDescriptorNumber("3") == 3) }

    @Test(arguments: ["", "-1", "2147483648", "4294967295", "0x3", "3 ", "03"])
    func areNothingElse(_ text: String) {
        #expect(refusal { try parseDescriptorNumber(text) } == "'\(text)': not a descriptor")
    }
}

@Suite struct Requests {
    @Test func thatComeFirstWin() throws {
        var options = Request()
        options.insideUser = UserID(7)
        options.shared = [DirectoryPair(source: "/x")]
        var file = try request(home: "/h", shared: ["/y", "/z"], account: "bob", ownership: .check)
        file.insideUser = UserID(8)
        file.insideGroup = GroupID(9)
        file.statusDescriptor = 3
        file.dryRun = true
        var expected = file
        expected.insideUser = UserID(7)
        expected.shared = [DirectoryPair(source: "/x")]
        #expect(options.completed(from: file) == expected)
        #expect(Request().completed(from: file) == file)
        #expect(file.completed(from: Request()) == file)
    }
}
