import CRawCalls
import Glibc

private func give(_ path: String, _ name: String, _ entries: [AccessEntry]) throws {
    try offered("setxattr", setList(path, name, entries))
}

/// Whether an account may read and write.
private func expectRights(_ at: Scratch, _ name: String, _ account: Account, _ rights: UInt16) throws {
    try account.does {
        try expectAllowed("open to read", rights & 4 != 0, at.open(name, O_RDONLY))
        try expectAllowed("open to write", rights & 2 != 0, at.open(name, O_WRONLY))
        try expectAllowed("access to read", rights & 4 != 0, access(at(name), R_OK))
        try expectAllowed("access to write", rights & 2 != 0, access(at(name), W_OK))
    }
}

private let bob = Account.bob.user

let namedEntryChecks: [Check] = [
    Check("list-lets-a-named-account") { at in
        try at.owned("a", mode: 0o600)
        try give(at("a"), accessList, [.owner(6), .user(bob, 6), .owningGroup(0), .mask(6), .other(0)])
        try expectRights(at, "a", .bob, 6)
        try expectRights(at, "a", .carol, 0)
        try expectRights(at, "a", .alice, 6)
    },
    Check("list-bars-a-named-account") { at in
        try at.owned("a", mode: 0o666)
        try give(at("a"), accessList, [.owner(6), .user(bob, 0), .owningGroup(6), .mask(6), .other(6)])
        try expectRights(at, "a", .bob, 0)
        try expectRights(at, "a", .carol, 6)
    },
    Check("list-lets-a-named-group") { at in
        try at.owned("a", mode: 0o600)
        try give(at("a"), accessList, [.owner(6), .owningGroup(0), .group(team, 4), .mask(6), .other(0)])
        for account in [Account.bob, .dave, .erin, .gina] { try expectRights(at, "a", account, 4) }
        try expectRights(at, "a", .carol, 0)
    },
    Check("list-bars-a-named-group") { at in
        try at.owned("a", mode: 0o666)
        try give(at("a"), accessList, [.owner(6), .owningGroup(6), .group(team, 0), .mask(6), .other(6)])
        for account in [Account.bob, .dave, .erin, .gina] { try expectRights(at, "a", account, 0) }
        try expectRights(at, "a", .carol, 6)
    },
    Check("mask-limits-named-accounts-and-groups") { at in
        try at.owned("a", group: team, mode: 0o600)
        try give(
            at("a"), accessList, [.owner(6), .user(Account.carol.user, 6), .owningGroup(6), .mask(4), .other(0)])
        try expectRights(at, "a", .carol, 4)
        try expectRights(at, "a", .erin, 4)
        try expectRights(at, "a", .alice, 6)
    },
    Check("chmod-of-the-group-bits-moves-the-mask") { at in
        try at.owned("a", mode: 0o600)
        try give(at("a"), accessList, [.owner(6), .user(bob, 6), .owningGroup(0), .mask(6), .other(0)])
        try Account.alice.does { try must("chmod", chmod(at("a"), 0o600)) }
        try expectRights(at, "a", .bob, 0)
        try Account.alice.does { try must("chmod", chmod(at("a"), 0o640)) }
        try expectRights(at, "a", .bob, 4)
    },
    Check("list-removed-bars-again") { at in
        try at.owned("a", mode: 0o600)
        try give(at("a"), accessList, [.owner(6), .user(bob, 6), .owningGroup(0), .mask(6), .other(0)])
        try expectRights(at, "a", .bob, 6)
        try must("removexattr", removexattr(at("a"), accessList))
        try expectRights(at, "a", .bob, 0)
    },
    Check("list-is-set-by-the-owner-alone") { at in
        try at.owned("a", group: team, mode: 0o666)
        let wanted: [AccessEntry] = [.owner(6), .user(bob, 6), .owningGroup(0), .mask(6), .other(0)]
        try give(at("a"), accessList, wanted)
        try Account.bob.does {
            try refused("setxattr", with: EPERM, by: setList(at("a"), accessList, wanted))
            try refused("removexattr", with: EPERM, by: removexattr(at("a"), accessList))
        }
        try Account.alice.does { try must("setxattr", setList(at("a"), accessList, wanted)) }
    },
    Check("list-of-a-directory-lets-in") { at in
        try at.ownedDirectory("d", mode: 0o700)
        try at.owned("d/a", mode: 0o666)
        try give(at("d"), accessList, [.owner(7), .user(bob, 5), .owningGroup(0), .mask(7), .other(0)])
        try Account.bob.does {
            try expectEqual("names", try at.names("d"), ["a"])
            try expectEqual("text", try at.text("d/a"), "hello")
            try refused("create", with: EACCES, by: at.open("d/b", O_RDWR | O_CREAT))
        }
        try Account.carol.does { try refused("list", with: EACCES, by: at.open("d", O_RDONLY)) }
    },
    Check("list-set-by-a-stranger-to-the-group-takes-set-gid-away") { at in
        let entries: [AccessEntry] = [.owner(7), .user(bob, 7), .owningGroup(7), .mask(7), .other(5)]
        for (name, owner) in [("stranger", Account.carol), ("member", .gina), ("supplementary", .bob)] {
            try at.owned(name, by: owner, group: team, mode: 0o2775)
            try at.ownedDirectory(name + "-d", by: owner, group: team, mode: 0o2775)
            let kept: mode_t = name == "stranger" ? 0o775 : 0o2775
            for made in [name, name + "-d"] {
                try owner.does { try give(at(made), accessList, entries) }
                try expectEqual("mode of \(made)", try at.mode(made), kept)
            }
        }
    },
    Check("default-list-lets-a-named-account-later") { at in
        try at.ownedDirectory("d", mode: 0o777)
        try give(at("d"), defaultList, [.owner(7), .user(bob, 6), .owningGroup(0), .mask(7), .other(0)])
        try Account.alice.does { try at.file("d/a", "hello", mode: 0o666) }
        try at.expectOwner("d/a", .alice)
        try expectRights(at, "d/a", .bob, 6)
        try expectRights(at, "d/a", .carol, 0)
    },
    Check("default-list-is-limited-by-the-mode-asked-for") { at in
        try at.ownedDirectory("d", mode: 0o777)
        try give(at("d"), defaultList, [.owner(7), .user(bob, 6), .owningGroup(0), .mask(7), .other(0)])
        try Account.alice.does { try at.file("d/a", mode: 0o640) }
        try expectRights(at, "d/a", .bob, 4)
    },
    Check("default-list-takes-the-place-of-each-one's-mask") { at in
        try at.ownedDirectory("d", mode: 0o777)
        try give(at("d"), defaultList, [.owner(7), .user(bob, 7), .owningGroup(7), .mask(7), .other(5)])
        for account in [Account.alice, .carol] {
            try account.does {
                umask(0o077)
                try at.file("d/\(account.name)", mode: 0o666)
                try at.directory("d/\(account.name)-d", mode: 0o777)
            }
            try expectEqual("file", try at.mode("d/\(account.name)"), 0o664)
            try expectEqual("directory", try at.mode("d/\(account.name)-d"), 0o775)
        }
    },
    Check("default-list-goes-down-the-tree") { at in
        try at.ownedDirectory("d", mode: 0o777)
        let entries: [AccessEntry] = [.owner(7), .user(bob, 7), .owningGroup(0), .mask(7), .other(0)]
        try give(at("d"), defaultList, entries)
        try Account.alice.does {
            try at.directory("d/e", mode: 0o777)
            try at.directory("d/e/f", mode: 0o777)
        }
        try expectEqual("default", try list(at("d/e/f"), defaultList), encoded(entries))
        try Account.bob.does { try at.file("d/e/f/a") }
        try Account.carol.does { try refused("open", with: EACCES, by: at.open("d/e", O_RDONLY)) }
    },
    Check("default-list-and-set-gid-together") { at in
        try at.ownedDirectory("d", group: team, mode: 0o2777)
        try give(at("d"), defaultList, [.owner(7), .user(bob, 6), .owningGroup(7), .mask(7), .other(0)])
        try Account.carol.does { try at.file("d/a", mode: 0o660) }
        try at.expectOwner("d/a", .carol, team)
        try expectRights(at, "d/a", .bob, 6)
        try expectRights(at, "d/a", .erin, 6)
    },
]
